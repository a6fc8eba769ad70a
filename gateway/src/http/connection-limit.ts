import type { Logger } from 'pino';
import type { App } from './app-type.ts';

const SAY_EVERY_MS = 60_000;

/** Closes connections beyond `connections` at once. Otherwise the process would run out of file descriptors and could not even log it. */
export function limitConnections(app: App, connections: number, log: Logger): void {
  let saidAt = Number.NEGATIVE_INFINITY;
  app.server.maxConnections = connections;
  app.server.on('drop', () => {
    const now = performance.now();
    if (now - saidAt < SAY_EVERY_MS) return;
    saidAt = now;
    log.warn({ connections }, 'refusing connections: this process may open no more files; raise "ulimit -n", or add gateways');
  });
}
