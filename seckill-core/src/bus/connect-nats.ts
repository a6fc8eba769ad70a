import { readFileSync } from 'node:fs';
import { credsAuthenticator } from '@nats-io/nats-core';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';
import { withPrefix } from './nats-prefix.ts';

export interface NatsOptions {
  /** A `.creds` file with the user's JWT and key. It is read again at every connect, so it may be replaced at any time. */
  credsFile?: string | undefined;
  /** Begins every name on the server, so that environments can share it. Default: none. */
  prefix?: string | undefined;
  /** How long a server may take to greet us before the next try: one behind a dead link never does. */
  handshakeMs?: number;
}

const HANDSHAKE_MS = 5_000;

/** Returns the client's options for `nats://[user:password@]host:port[,…]`. The client would ignore user and password in a URL. */
export function natsOptions(url: string, { credsFile }: NatsOptions = {}): NodeConnectionOptions {
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
    ...(credsFile === undefined ? {} : { authenticator: credsAuthenticator(credsIn(credsFile)) }),
  };
}

/** Throws if the file cannot be read. Later, while it is being replaced, the last content stays in use. */
function credsIn(file: string): () => Uint8Array {
  let creds: Uint8Array;
  try {
    creds = readFileSync(file);
  } catch (cause) {
    throw new Error(`NATS_CREDS names a file that cannot be read: ${(cause as Error).message}.`, { cause });
  }
  return () => {
    try {
      creds = readFileSync(file);
    } catch {}
    return creds;
  };
}

/**
 * Connects, and stays connected: it retries every quarter of a second, for ever, if the server is away at the start or later.
 * `nc.status()` reports what happens. Rejects if the server refuses the password or the credentials, or their file cannot be read.
 */
export async function connectNats(url: string, name: string, access: NatsOptions = {}): Promise<NatsConnection> {
  const options: NodeConnectionOptions = {
    ...natsOptions(url, access),
    name,
    timeout: access.handshakeMs ?? HANDSHAKE_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    waitOnFirstConnect: true,
    // Two pings without an answer reveal a frozen server or a dead link.
    pingInterval: 2_000,
    maxPingOut: 2,
    // Else each request makes two errors beforehand, only for their stacks: a tenth of what a call costs, or more.
    noAsyncTraces: true,
  };
  // The client gives up for good at the second refusal, even if both only say that it was too slow, hours apart. So the password is tried once
  // at the start, and a refusal is reported then; after that no refusal ends the connection.
  await tryPassword(options);
  const nc = await connect({ ...options, ignoreAuthErrorAbort: true });
  return access.prefix === undefined ? nc : withPrefix(nc, access.prefix);
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
