import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readiness } from '../servers/readiness.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface MetricsServer {
  port: number;
  stop(): Promise<void>;
}

/** `/metrics`, `/healthz` (the process answers) and `/readyz` (it can do its work); nothing for buyers. */
export async function serveMetrics(
  address: { host: string; port: number },
  { registry }: WorkerMetrics,
  readiness: () => Promise<Readiness>,
): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      if (path === '/healthz') json(200, { ok: true });
      else if (path === '/readyz') {
        const state = await readiness();
        json(state.ready ? 200 : 503, state);
      } else if (path === '/metrics') {
        response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
      } else json(404, { error: 'There are /metrics, /healthz and /readyz here.' });
    } catch {
      json(500, { error: 'The answer could not be made.' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
