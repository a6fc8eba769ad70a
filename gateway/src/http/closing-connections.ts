import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app-type.ts';

/** A request that is being sent when the server closes may still arrive whole: over any network in much less. */
const GRACE_MS = 1_000;
const EVERY_MS = 20;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * When the server closes, it answers the requests that have arrived and closes the connections that have none. Node itself waits for
 * connections that were opened in advance, and for bodies that come slowly. Winners are published after that wait.
 */
export function closeConnectionsWithoutRequest(app: App, graceMs = GRACE_MS): void {
  /** Each open connection, with its latest request. */
  const latest = new Map<Socket, Exchange | undefined>();
  let closing: NodeJS.Timeout | undefined;
  app.server.on('connection', (socket) => {
    latest.set(socket, undefined);
    socket.once('close', () => latest.delete(socket));
  });
  app.server.on('request', (request, response) => latest.set(request.socket, { request, response }));

  const waiting = (): Socket[] => Array.from(latest).flatMap(([socket, exchange]) => (hasRequest(exchange) ? [] : [socket]));
  app.addHook('preClose', async () => {
    for (const socket of waiting()) if (socket.bytesRead === 0) socket.destroy();
    const until = performance.now() + graceMs;
    while (performance.now() < until && waiting().length > 0) await sleep(EVERY_MS);
    const destroy = () => {
      for (const socket of waiting()) socket.destroy();
    };
    destroy();
    closing = setInterval(destroy, graceMs);
  });
  app.addHook('onClose', async () => clearInterval(closing));
}

/** Returns whether the connection's latest request has arrived whole and is not answered yet. Part of the next one may follow an answered one. */
function hasRequest(exchange: Exchange | undefined): boolean {
  return exchange?.request.complete === true && !exchange.response.writableFinished;
}
