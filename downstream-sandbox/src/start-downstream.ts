import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, parseJson } from 'seckill-core';
import { json, NEVER, type Request, type Served } from './served.ts';
import { Warehouse } from './warehouse/warehouse.ts';
import { WarehouseBooks } from './warehouse/warehouse-books.ts';

export interface DownstreamOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Holds the books between two starts. Default: they end with the process. */
  stateFile?: string | undefined;
  warehouseSecret?: string | undefined;
  log: Pick<Log, 'error'>;
}

export interface Downstream {
  url: string;
  /** The address of the warehouse, for `WAREHOUSE_URL`. */
  warehouseUrl: string;
  warehouse: Warehouse;
  stop(): Promise<void>;
}

const BODY_LIMIT = 100_000;
const WAREHOUSE = '/warehouse';

/** Stands in for what follows paid orders, in development and tests. Each service has a path of this server, and faults that can be switched on. */
export async function startDownstream({ host, port, stateFile, warehouseSecret, log }: DownstreamOptions): Promise<Downstream> {
  const books = new WarehouseBooks(stateFile);
  const warehouse = new Warehouse(books, warehouseSecret);
  const server = createServer(async (message, response) => {
    const served = await readRequest(message)
      .then((request) => serve(warehouse, request))
      .catch((error: unknown) => {
        log.error({ err: error }, 'the downstream sandbox failed');
        return json(500, { error: 'The sandbox failed; its log says why.' });
      });
    if (served === NEVER) return;
    await sleep(served.delayMs ?? 0);
    response
      .writeHead(served.status, { 'content-type': served.contentType, 'content-length': Buffer.byteLength(served.body) })
      .end(served.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    warehouseUrl: url + WAREHOUSE,
    warehouse,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      books.close();
    },
  };
}

/** `/healthz`, the warehouse below its path, and `/warehouse/faults` to let it misbehave. */
function serve(warehouse: Warehouse, request: Request): Served {
  const { method, path, body } = request;
  if (path === '/healthz') return json(200, { ok: true });
  if (path === `${WAREHOUSE}/faults`) {
    const wrong = method === 'POST' ? warehouse.misbehave(parseJson(body)) : undefined;
    return wrong === undefined ? json(200, warehouse.faults) : json(400, { error: wrong });
  }
  if (path.startsWith(`${WAREHOUSE}/`)) return warehouse.serve({ ...request, path: path.slice(WAREHOUSE.length) });
  return json(404, { error: 'No service of the sandbox has this path.' });
}

function readRequest(message: IncomingMessage): Promise<Request> {
  const { method = '', url = '/', headers } = message;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
    });
    message.on('error', reject);
    message.on('end', () => resolve({ method, path: url.split('?')[0] ?? '', headers, body: Buffer.concat(chunks) }));
  });
}
