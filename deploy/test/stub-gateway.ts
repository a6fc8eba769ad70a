import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from 'dev';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface StubGateway {
  port: number;
  /** Every request that came, in order. */
  seen: Seen[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** What it answers; by default 200 and the number of the request. */
  answer: (request: Seen, response: ServerResponse, raw: IncomingMessage) => void;
  /** Cuts every connection and refuses new ones. */
  close(): Promise<void>;
}

/** The least that nginx can stand in front of: records what it is asked. */
export async function startStubGateway(): Promise<StubGateway> {
  let connections = 0;
  const server: Server = createServer((raw, response) => {
    let body = '';
    raw.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    raw.on('end', () => {
      const request = { method: raw.method ?? '', url: raw.url ?? '', headers: raw.headers, body };
      stub.seen.push(request);
      stub.answer(request, response, raw);
    });
  });
  // As the gateway's: longer than nginx keeps idle connections.
  server.keepAliveTimeout = 72_000;
  server.on('connection', () => {
    connections += 1;
  });
  const stub: StubGateway = {
    port: 0,
    seen: [],
    connections: () => connections,
    answer: (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ number: stub.seen.length, port: stub.port }));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  // Not one that the system chooses: that may be a client's or another server's as soon as this one is closed.
  stub.port = await freePort();
  await new Promise<void>((resolve) => server.listen(stub.port, '127.0.0.1', resolve));
  return stub;
}
