import type { Socket } from 'node:net';
import type { OpenConnections } from './open-connections.ts';
import { sendBadRequest } from './problem.ts';

/** By then, what had arrived has been read: a gateway that stood still checks the clock before it reads. */
const GRACE_MS = 1_000;

/**
 * Returns Fastify's `clientErrorHandler`. A request that came too slowly gets a problem. One that had arrived, and was only read late, is
 * served: at the rush of a sale, the gateway may be the slow one. A connection on which nothing came is closed without a word: an answer
 * there would be taken for the answer to a request that crosses it.
 */
export function refuseBadRequest(connections: OpenConnections): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return sendBadRequest(error, socket);
    // Node times a request once, so the request that is still incomplete after the grace is refused here.
    setTimeout(() => {
      if (connections.latestRequest(socket)?.complete === true) return;
      if (socket.bytesRead === 0) socket.destroy();
      else sendBadRequest(error, socket);
    }, GRACE_MS).unref();
  };
}
