import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The open connections of a server, each with its latest request. */
export class OpenConnections {
  readonly #latest = new Map<Socket, ServerResponse | undefined>();

  /** Must be called before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#latest.set(socket, undefined);
      socket.once('close', () => this.#latest.delete(socket));
    });
    server.on('request', (request, response) => this.#latest.set(request.socket, response));
  }

  latestRequest(socket: Socket): IncomingMessage | undefined {
    return this.#latest.get(socket)?.req;
  }

  /** Returns the connections that have no request to answer. */
  withoutRequest(): Socket[] {
    return Array.from(this.#latest).flatMap(([socket, response]) => (hasRequest(response) ? [] : [socket]));
  }
}

/** Returns whether the connection's latest request has arrived whole and is not answered yet. Part of the next one may follow an answered one. */
function hasRequest(response: ServerResponse | undefined): boolean {
  return response?.req.complete === true && !response.writableFinished;
}
