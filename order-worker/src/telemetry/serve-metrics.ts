import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface MetricsServer {
  port: number;
  stop(): Promise<void>;
}

/** Serves `/metrics`, `/healthz` (the process runs) and `/readyz` (it can do its work): for operators, not for buyers. */
export async function serveMetrics(
  address: { host: string; port: number },
  { registry }: WorkerMetrics,
  readiness: () => Promise<{ ready: boolean }>,
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
      } else json(404, { error: 'Only /metrics, /healthz and /readyz are served here.' });
    } catch {
      json(500, { error: 'Could not read the state of this worker.' });
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
