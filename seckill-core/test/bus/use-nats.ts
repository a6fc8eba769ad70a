import { DiscardPolicy, type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { useTestServers } from 'dev/test';
import { connectNats, ensureStreams, Publisher } from 'seckill-core';
import { afterAll, beforeAll } from 'vitest';

export interface Nats {
  url: string;
  nc: NatsConnection;
  jsm: JetStreamManager;
  publisher: Publisher;
}

/** A connection to an account with Seckill's streams. Its fields can be read from the first `beforeAll` on. */
export function useNats(): Nats {
  const servers = useTestServers();
  const nats = {} as Nats;
  beforeAll(async () => {
    Object.assign(nats, await connectTo(servers.natsUrl));
    await ensureStreams(nats.jsm);
  });
  afterAll(() => nats.nc.close());
  return nats;
}

/** Longer than any stall of the machine, so that "no answer" really means none. */
export const PATIENCE_MS = 20_000;

export async function connectTo(url: string): Promise<Nats> {
  const nc = await connectNats(url, 'test');
  const jsm = await jetstreamManager(nc, { timeout: PATIENCE_MS });
  return { url, nc, jsm, publisher: new Publisher(nc, { ackTimeoutMs: PATIENCE_MS }) };
}

/** Resolves at the next reconnect. Messages sent before it are lost, and get no answer. */
export async function reconnected({ nc }: Nats): Promise<void> {
  for await (const { type } of nc.status()) if (type === 'reconnect') return;
}

let streams = 0;

/** Creates a stream for one test; its subjects are `<name>.>`. */
export async function newStream({ jsm }: Nats, config: Partial<StreamConfig> = {}): Promise<string> {
  streams += 1;
  const name = `test-${streams}`;
  await jsm.streams.add({ name, subjects: [`${name}.>`], discard: DiscardPolicy.New, ...config });
  return name;
}
