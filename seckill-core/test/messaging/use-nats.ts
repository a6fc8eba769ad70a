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

export async function connectTo(url: string): Promise<Nats> {
  const nc = await connectNats(url, 'test');
  return { url, nc, jsm: await jetstreamManager(nc), publisher: new Publisher(nc) };
}

let streams = 0;

/** A stream of a test's own; its subject is `<name>.>`. */
export async function newStream({ jsm }: Nats, config: Partial<StreamConfig> = {}): Promise<string> {
  streams += 1;
  const name = `test-${streams}`;
  await jsm.streams.add({ name, subjects: [`${name}.>`], discard: DiscardPolicy.New, ...config });
  return name;
}
