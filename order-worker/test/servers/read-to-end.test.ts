import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { orderEvent, STREAMS } from 'seckill-core';
import { expect, test } from 'vitest';
import { readToEnd } from '../../src/servers/read-to-end.ts';
import { eventually, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const stream = STREAMS.orders.name;

test.each([
  ['whole', 10, 10],
  ['in part', 10, 3],
  ['although it is empty', 0, 10],
])('a stream that is read %s keeps no consumer', async (_, stored, wanted) => {
  const { nc, publisher } = on.platform;
  const { consumers, streams } = await jetstreamManager(nc);
  await streams.purge(stream);
  const subject = orderEvent.subject({ event: 'paid', saleId: 'of-the-test' });
  for (let i = 0; i < stored; i += 1) await publisher.publish(subject, '[]', `read ${wanted} ${i}`);
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
  let read = 0;
  for await (const { seq } of readToEnd(nc, { stream, subject, start })) {
    expect(seq).toBeGreaterThan(0);
    read += 1;
    if (read === wanted) break;
  }
  expect(read).toBe(Math.min(stored, wanted));
  await eventually(async () => (await consumers.list(stream).next()).length === 0, 'no consumer');
});
