import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, parseJson } from 'seckill-core';
import { Books } from './books.ts';
import { cashier } from './cashier/cashier.ts';
import { Desk } from './desk.ts';
import { Mood } from './faults.ts';
import { json } from './json.ts';
import { createProtocols, type Environment, loadProtocols, PROTOCOLS } from './load-protocols.ts';
import { Notifier } from './notifier.ts';
import type { Protocol, SandboxAnswer, SandboxRequest } from './protocol.ts';

export interface SandboxOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Address for buyers' browsers. Default: the address it listens on. */
  publicUrl?: string | undefined;
  /** The gateway's `…/api/payments/webhook`. */
  webhooksUrl: string;
  /** Holds the books between two starts. Default: they end with the process. */
  stateFile?: string | undefined;
  /** The protocols read their settings here; the address that the sandbox listens on is the argument. */
  environment(url: string): Environment | Promise<Environment>;
  log: Log;
}

export interface Sandbox {
  url: string;
  books: Books;
  mood: Mood;
  notifier: Pick<Notifier, 'counts' | 'waiting'>;
  stop(): Promise<void>;
}

const BODY_LIMIT = 1_000_000;

type Serve = (request: SandboxRequest) => Promise<SandboxAnswer>;

/** Stands in for payment providers in development and tests: each speaks its own protocol over real HTTP. No money moves. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, webhooksUrl } = options;
  let serve: Serve = async () => json(503, { error: 'The sandbox is starting.' });
  const server = createServer(async (message, response) => {
    const answer = await readRequest(message)
      .then((request) => serve(request))
      .catch((error: unknown) => {
        log.error({ err: error }, 'the payment sandbox failed');
        return json(500, { error: 'The sandbox failed; its log says why.' });
      });
    // Without its length, the body travels in chunks.
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const publicUrl = options.publicUrl?.replace(/\/$/, '') ?? url;

  const modules = await loadProtocols();
  const books = new Books(options.stateFile);
  const mood = new Mood(modules.map(({ name }) => name));
  const protocols = new Map<string, Protocol>();
  const notifier = new Notifier({ protocols, books, mood, log });
  const desk = new Desk({ books, mood, notifier });
  const cashierUrl = (token: string) => `${publicUrl}/checkout/${token}`;
  const made = createProtocols(modules, await options.environment(url), {
    books,
    publicUrl,
    webhooksUrl,
    close: (key) => desk.close(key),
    refund: (asked) => desk.refund(asked),
    cashierUrl: ({ token }) => cashierUrl(token),
    log,
  });
  for (const [name, protocol] of made) protocols.set(name, protocol);
  const control = controls(mood, notifier, books);
  const pages = cashier({ books, desk, cashierUrl });
  serve = async (request) => control(request) ?? pages(request) ?? askProtocols(protocols, mood, request);
  desk.resume(protocols.keys());
  return {
    url,
    books,
    mood,
    notifier,
    stop: async () => {
      notifier.stop();
      desk.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      books.stop();
    },
  };
}

/** What the sandbox serves beside the providers: its health, the faults in force, and what became of notifications and payments. */
function controls(mood: Mood, notifier: Notifier, books: Books): (request: SandboxRequest) => SandboxAnswer | undefined {
  return ({ method, path, body }) => {
    if (path === '/healthz') return json(200, { ok: true, webhooksWaiting: notifier.waiting });
    if (path !== '/faults') return undefined;
    const wrong = method === 'POST' ? mood.set(parseJson(body)) : undefined;
    if (wrong !== undefined) return json(400, { error: wrong });
    return json(200, { faults: mood.all(), notifications: notifier.counts, paid: paidPayments(books) });
  };
}

/** The number of payments that were paid, by protocol. */
function paidPayments(books: Books): Record<string, number> {
  const paid: Record<string, number> = {};
  for (const name of PROTOCOLS) {
    paid[name] = 0;
    for (const { state } of books.paymentsOf(name)) if (state === 'PAID') paid[name] += 1;
  }
  return paid;
}

async function askProtocols(
  protocols: ReadonlyMap<string, Protocol>,
  mood: Mood,
  request: SandboxRequest,
): Promise<SandboxAnswer> {
  for (const protocol of protocols.values()) {
    if (!protocol.paths.test(request.path)) continue;
    const { latencyMs = 0, unavailable = false } = mood.of(protocol.name);
    if (latencyMs > 0) await sleep(latencyMs);
    if (unavailable) return json(503, { error: 'The sandbox was asked to be unavailable.' });
    return protocol.handle(request);
  }
  return json(404, { error: 'No protocol of the sandbox has this path.' });
}

function readRequest(message: IncomingMessage): Promise<SandboxRequest> {
  const { method = '', url = '/', headers } = message;
  const [path = '', query] = url.split(/\?(.*)/s);
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
    });
    message.on('error', reject);
    message.on('end', () => {
      const body = size > BODY_LIMIT ? Buffer.alloc(0) : Buffer.concat(chunks);
      resolve({ method, path, url, query: new URLSearchParams(query), headers, body });
    });
  });
}
