import { DiscardPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connectNats, STREAMS } from 'seckill-core';

/**
 * Leaves no room in the streams that refuse messages when they are full: what a full store does to publishers. Returns what undoes it.
 */
export async function fillStore(natsUrl: string): Promise<() => Promise<void>> {
  const before = await onNats(natsUrl, async (nc) => {
    const { streams } = await jetstreamManager(nc);
    const infos = await Promise.all(Object.values(STREAMS).map(({ name }) => streams.info(name)));
    const refusing = infos.filter(({ config }) => config.discard === DiscardPolicy.New);
    for (const { config, state } of refusing) await streams.update(config.name, { max_bytes: Math.max(1, state.bytes) });
    return refusing.map(({ config }) => ({ name: config.name, max_bytes: config.max_bytes }));
  });
  return () =>
    onNats(natsUrl, async (nc) => {
      const { streams } = await jetstreamManager(nc);
      for (const { name, max_bytes } of before) await streams.update(name, { max_bytes });
    });
}

type NatsConnection = Awaited<ReturnType<typeof connectNats>>;

async function onNats<T>(natsUrl: string, work: (nc: NatsConnection) => Promise<T>): Promise<T> {
  const nc = await connectNats(natsUrl, 'chaos');
  try {
    return await work(nc);
  } finally {
    await nc.close();
  }
}
