import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { App } from './app-type.ts';

/** A POST that `node:http` serves in front of Fastify. Fastify has the same route, for every request that is unusual. */
export interface FrontRoute<Body> {
  readonly path: string;
  /** In bytes. */
  readonly bodyLimit: number;
  /** Must accept nothing that the route's schema refuses. */
  readonly isBody: (value: unknown) => value is Body;
  readonly serve: (body: Body, request: IncomingMessage, response: ServerResponse) => void;
}

/** A request without a body that is served in front of Fastify. Fastify has the same route. */
export interface FrontCall {
  readonly method: 'GET' | 'POST';
  /** What the address begins with … */
  readonly prefix: string;
  /** … and ends with. */
  readonly suffix: string;
  /** Answers the request, or returns false, and has done nothing, if Fastify has to. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** What clients write. Fastify knows every other spelling. */
const JSON_TYPES = new Set(
  ['', '; charset=utf-8', ';charset=utf-8', '; charset=UTF-8', ';charset=UTF-8'].map((charset) => `application/json${charset}`),
);

/**
 * Serves a few routes without Fastify, whose own work on a request costs more than a whole answer from memory. It takes only what needs no
 * judgement: exactly this address, a declared length within the limit, a body that has come with its headers and fits the schema. Fastify
 * gets every other request as it came, so each refusal has one home. While the server closes, it gets them all.
 */
export function serveInFront<Body>(app: App, route: FrontRoute<Body>, calls: readonly FrontCall[]): void {
  const { server } = app;
  const [viaFastify, ...others] = server.listeners('request') as RequestListener[];
  if (viaFastify === undefined || others.length > 0) throw new Error('Fastify does not listen for requests as expected.');

  const inFront: RequestListener = (request, response) => {
    if (request.url === route.path && request.method === 'POST' && isUsual(request.headers, route.bodyLimit)) {
      // By then Node has read what came in the same packet.
      process.nextTick(serve, request, response);
    } else if (!hasNoBody(request.headers) || !serveCall(request, response)) viaFastify(request, response);
  };

  const serveCall = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, url = '' } = request;
    for (const call of calls) {
      if (method === call.method && url.startsWith(call.prefix) && url.endsWith(call.suffix))
        return call.serve(request, response);
    }
    return false;
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const isWhole = request.readableLength === Number(request.headers['content-length']);
    const bytes: Buffer | null = isWhole ? request.read() : null;
    const body = bytes === null ? undefined : parse(bytes);
    if (route.isBody(body)) route.serve(body, request, response);
    else {
      if (bytes !== null) request.unshift(bytes);
      viaFastify(request, response);
    }
  };

  server.off('request', viaFastify).on('request', inFront);
  app.addHook('preClose', async () => void server.off('request', inFront).on('request', viaFastify));
}

function hasNoBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return (length === undefined || length === '0') && headers['transfer-encoding'] === undefined && headers.expect === undefined;
}

function isUsual(headers: IncomingHttpHeaders, bodyLimit: number): boolean {
  const length = Number(headers['content-length']);
  return length > 0 && length <= bodyLimit && JSON_TYPES.has(headers['content-type'] ?? '');
}

/** Returns undefined for a text that is not JSON. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
