import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';

/** Options of the client for `nats://[user:password@]host:port[,…]`; the client itself would ignore user and password in a URL. */
export function natsOptions(url: string): NodeConnectionOptions {
  const urls = url.split(',').map((text) => {
    if (!URL.canParse(text.trim())) throw new Error(`NATS_URL has "${text}", which is not a URL. Example: nats://127.0.0.1:4222`);
    return new URL(text.trim());
  });
  const [first] = urls;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: urls.map((each) => `${each.protocol}//${each.host}`),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  };
}

/**
 * Connects, and stays connected: a server that is away at the start or goes away later is tried again every quarter of a
 * second, for ever. What happens is in `nc.status()`. Rejects where the server refuses the password.
 */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  const options: NodeConnectionOptions = {
    ...natsOptions(url),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    waitOnFirstConnect: true,
    // A frozen server or a dead link shows after two pings without an answer.
    pingInterval: 2_000,
    maxPingOut: 2,
  };
  // The client gives up for good at the second refusal, also where both only say that it was too slow, hours apart. A password that was taken
  // once is no reason to; one that never was is to be said at the start.
  await tryPassword(options);
  return connect({ ...options, ignoreAuthErrorAbort: true });
}

async function tryPassword(options: NodeConnectionOptions): Promise<void> {
  for (;;) {
    try {
      const connection = await connect(options);
      return await connection.close();
    } catch (error) {
      if (!isTooSlow(error)) throw error;
    }
  }
}

function isTooSlow(error: unknown): boolean {
  return error instanceof errors.AuthorizationError && /timeout/i.test(error.message);
}
