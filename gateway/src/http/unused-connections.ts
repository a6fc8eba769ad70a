import type { Socket } from 'node:net';
import type { App } from '../app.ts';

/**
 * Lets a closing server go of connections on which nothing was ever sent. Browsers open some in advance; to Node they are not idle
 * (it waits 60 s for their first request), so without this each would hold up a rolling restart.
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
