import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, parseJson } from 'seckill-core';
import { Inbox } from './inbox/inbox.ts';
import { InboxBooks } from './inbox/inbox-books.ts';
import { startMailServer } from './inbox/mail-server.ts';
import { json, NEVER, type Request, type Served } from './served.ts';
import { Warehouse } from './warehouse/warehouse.ts';
import { WarehouseBooks } from './warehouse/warehouse-books.ts';

export interface DownstreamOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Of the mail server. 0, the default, takes any free port. */
  smtpPort?: number;
  /** Holds the books between two starts. Default: they end with the process. */
  stateFile?: string | undefined;
  warehouseSecret?: string | undefined;
  log: Pick<Log, 'error'>;
}

export interface Downstream {
  url: string;
  /** The address of the warehouse, for `WAREHOUSE_URL`. */
  warehouseUrl: string;
  /** The address of the mail server, for `SMTP_URL`. */
  smtpUrl: string;
  warehouse: Warehouse;
  stop(): Promise<void>;
}

const BODY_LIMIT = 100_000;
const WAREHOUSE = '/warehouse';

/** Stands in for what follows paid orders, in development and tests. Each service has a path of this server, and faults that can be switched on. */
export async function startDownstream(options: DownstreamOptions): Promise<Downstream> {
  const { host, port, smtpPort = 0, stateFile, warehouseSecret, log } = options;
  const books = new WarehouseBooks(stateFile);
  const warehouse = new Warehouse(books, warehouseSecret);
  const received = new InboxBooks(stateFile === undefined ? undefined : `${stateFile}.inbox`);
  const inbox = new Inbox(received);
  const mails = await startMailServer({ host, port: smtpPort }, (messageId) => inbox.takeMail(messageId));
  const server = createServer(async (message, response) => {
    const served = await readRequest(message)
      .then((request) => serve({ warehouse, inbox }, request))
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
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    warehouseUrl: url + WAREHOUSE,
    smtpUrl: `smtp://${name}:${mails.port}`,
    warehouse,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await mails.stop();
      books.close();
      received.close();
    },
  };
}

/** `/healthz`, the warehouse below its path, `/warehouse/faults` to let it misbehave, and the inbox. */
function serve({ warehouse, inbox }: { warehouse: Warehouse; inbox: Inbox }, request: Request): Served {
  const { method, path, body } = request;
  if (path === '/healthz') return json(200, { ok: true });
  if (path === `${WAREHOUSE}/faults`) {
    const wrong = method === 'POST' ? warehouse.misbehave(parseJson(body)) : undefined;
    return wrong === undefined ? json(200, warehouse.faults) : json(400, { error: wrong });
  }
  if (path.startsWith(`${WAREHOUSE}/`)) return warehouse.serve({ ...request, path: path.slice(WAREHOUSE.length) });
  return inbox.serve(request);
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
    message.on('end', () => resolve({ method, ...splitUrl(url), headers, body: Buffer.concat(chunks) }));
  });
}

function splitUrl(url: string): { path: string; query: string } {
  const [path = ''] = url.split('?');
  return { path, query: url.slice(path.length) };
}
