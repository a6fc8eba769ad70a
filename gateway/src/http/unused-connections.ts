import type { Socket } from 'node:net';
import type { App } from './app-type.ts';

/**
 * Closes connections without a request when the server closes. Browsers open some in advance. Node does not count them as idle and waits
 * 60 s for their first request, which would delay a rolling restart.
 */
export function closeUnusedConnections(app: App): void {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  });
}
