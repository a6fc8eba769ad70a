import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { ServerName } from './how-to-install.ts';
import type { Server } from './server.ts';

export const variables: Record<ServerName, string> = { redis: 'REDIS_URL', nats: 'NATS_URL', postgres: 'DATABASE_URL' };

const examples: Record<ServerName, { url: string; port: number }> = {
  redis: { url: 'redis://127.0.0.1:6379', port: 6379 },
  nats: { url: 'nats://127.0.0.1:4222', port: 4222 },
  postgres: { url: 'postgresql://seckill:seckill@127.0.0.1:5432/seckill', port: 5432 },
};

/** Returns the server that the environment names, if any. */
export function foreignUrl(name: ServerName): string | undefined {
  return process.env[variables[name]] || undefined;
}

/** Used as it is, and never stopped or killed. Throws if nothing listens there. */
export async function useForeignServer(name: ServerName, url: string): Promise<Server> {
  const variable = variables[name];
  // NATS_URL may list several servers of a cluster.
  const [first = ''] = url.split(',');
  if (!URL.canParse(first)) throw new Error(`${variable} is "${url}", which is not a URL. Example: ${examples[name].url}`);
  const { hostname, port: portText } = new URL(first);
  const port = Number(portText) || examples[name].port;
  await expectListener(hostname, port, variable);

  const refuse = () => {
    throw new Error(`The server of ${variable} is not ours to stop, kill or freeze. Unset ${variable} for a private one.`);
  };
  return {
    url,
    port,
    pid: undefined,
    isPrivate: false,
    logFile: undefined,
    stop: async () => {},
    kill: async () => refuse(),
    restart: async () => refuse(),
    freeze: refuse,
    thaw: refuse,
  };
}

async function expectListener(host: string, port: number, variable: string): Promise<void> {
  const socket = createConnection({ host: host.replace(/^\[|\]$/g, ''), port, signal: AbortSignal.timeout(10_000) });
  try {
    await once(socket, 'connect');
  } catch (error) {
    const { code = (error as Error).message } = error as { code?: string };
    throw new Error(
      `${variable} names a server at ${host}:${port}, and none can be reached there (${code}). Start it, or unset ${variable} for a private one.`,
    );
  } finally {
    socket.destroy();
  }
}
