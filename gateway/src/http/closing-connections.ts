import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app-type.ts';
import type { OpenConnections } from './open-connections.ts';

/** A request that is being sent when the server closes may still arrive whole: over any network in much less. */
const GRACE_MS = 1_000;
const EVERY_MS = 20;

/**
 * When the server closes, it answers the requests that have arrived and closes the connections that have none. Node itself waits for
 * connections that were opened in advance, and for bodies that come slowly. Winners are published after that wait.
 */
export function closeConnectionsWithoutRequest(app: App, connections: OpenConnections, graceMs = GRACE_MS): void {
  let closing: NodeJS.Timeout | undefined;
  const destroy = (): void => {
    for (const socket of connections.withoutRequest()) socket.destroy();
  };
  app.addHook('preClose', async () => {
    for (const socket of connections.withoutRequest()) if (socket.bytesRead === 0) socket.destroy();
    const until = performance.now() + graceMs;
    while (performance.now() < until && connections.withoutRequest().length > 0) await sleep(EVERY_MS);
    destroy();
    closing = setInterval(destroy, graceMs);
  });
  app.addHook('onClose', async () => clearInterval(closing));
}
