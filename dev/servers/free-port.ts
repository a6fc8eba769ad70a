import { createServer } from 'node:net';

/**
 * The range lies below the one that the system hands to outgoing connections (32768 up on Linux, 49152 on macOS). A
 * server that is down for a restart would otherwise find its port taken by a client's connection, and a client that
 * keeps trying a port of that range can end up connected to itself.
 */
const first = 20_000;
const blocks = 100;
const blockSize = 100;

/** Ports of this process's block that have not been handed out yet. */
let ports: number[] = [];
let taking: Promise<void> | undefined;

/**
 * A free port on the loopback interface that is handed out once: neither this process nor another one that asks here gets
 * it as long as this one lives. So a server is alone on its port, also while it is down for a restart.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.pop();
    if (port !== undefined) {
      if (await isFree(port)) return port;
      continue;
    }
    taking ??= takeBlock().finally(() => {
      taking = undefined;
    });
    await taking;
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The process that listens on the first port of a block owns the block until it ends, however it ends. */
async function takeBlock(): Promise<void> {
  // Starts at a random port, so that a used port comes up again late: clients may still try to reach it.
  const start = Math.floor(Math.random() * blocks);
  for (let offset = 0; offset < blocks; offset++) {
    const sign = first + ((start + offset) % blocks) * blockSize;
    if (!(await hold(sign))) continue;
    ports = Array.from({ length: blockSize - 1 }, (_, index) => sign + blockSize - 1 - index);
    return;
  }
  throw new Error(`Found no free ports between ${first} and ${first + blocks * blockSize - 1} on 127.0.0.1.`);
}

function hold(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(true));
    // It alone does not keep the process alive.
    server.unref();
  });
}
