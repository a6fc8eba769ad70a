import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';

/** Returns the client's options for `nats://[user:password@]host:port[,…]`. The client would ignore user and password in a URL. */
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
 * Connects, and stays connected: it retries every quarter of a second, for ever, if the server is away at the start or later.
 * `nc.status()` reports what happens. Rejects if the server refuses the password.
 */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  const options: NodeConnectionOptions = {
    ...natsOptions(url),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    waitOnFirstConnect: true,
    // Two pings without an answer reveal a frozen server or a dead link.
    pingInterval: 2_000,
    maxPingOut: 2,
  };
  // The client gives up for good at the second refusal, even if both only say that it was too slow, hours apart. So the password is tried once
  // at the start, and a refusal is reported then; after that no refusal ends the connection.
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
