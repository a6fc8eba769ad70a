import { jetstreamManager } from '@nats-io/jetstream';
import { STREAMS } from 'seckill-core';
import { expect, test } from 'vitest';
import { makeRoom } from '../../src/servers/make-room.ts';
import { createMetrics } from '../../src/telemetry/worker-metrics.ts';
import { eventually, quiet, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
const { name } = STREAMS.reservations;

test('a stream that fills up gives up its oldest handled winners and none that waits; winners it refused meantime are not lost', async () => {
  const { platform } = on;
  const { streams, consumers } = await jetstreamManager(platform.nc);
  await streams.update(name, { max_bytes: 30_000 });
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1_000, payTimeoutSeconds: 600 });
  await platform.win(sale, users(60, 'early'));
  await platform.comesToRest();
  await platform.stopWorkers();

  const late = await platform.reserve(sale, users(60, 'late'));
  const stored = await Promise.allSettled(late.map((win) => platform.store([win])));
  expect(stored.map(({ status }) => status)).toContain('rejected');
  const { ack_floor } = await consumers.info(name, 'orders');
  const before = (await streams.info(name)).state;
  const metrics = createMetrics();
  await makeRoom({ nc: platform.nc, metrics, log: quiet });
  const after = (await streams.info(name)).state;
  expect(after.bytes).toBeLessThan(0.7 * before.bytes);
  expect(after.first_seq).toBeLessThanOrEqual(ack_floor.stream_seq + 1);
  expect(after.last_seq).toBe(before.last_seq);
  const { values } = await metrics.streamBytes.get();
  expect(values).toContainEqual({ labels: { stream: name }, value: before.bytes });

  // Nothing more is removed as long as nothing more is handled.
  await streams.update(name, { max_bytes: Math.ceil(after.bytes * 1.1) });
  await makeRoom({ nc: platform.nc, metrics, log: quiet });
  expect((await streams.info(name)).state.first_seq).toBeLessThanOrEqual(ack_floor.stream_seq + 1);

  await streams.update(name, { max_bytes: 30_000 });
  await platform.startWorker();
  const orders = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
  await eventually(async () => (await orders()) === 120, 'an order for every winner');
  await platform.expectAuditHolds(sale);
});

test('a stream that refuses what follows a commit holds the batch; afterwards events and counters are complete', async () => {
  const { platform } = on;
  const { streams } = await jetstreamManager(platform.nc);
  const deadlines = STREAMS.deadlines.name;
  const { max_bytes } = (await streams.info(deadlines)).config;
  const { context } = await platform.startWorker();
  const sale = await platform.openSale({ stock: 50, payTimeoutSeconds: 600 });
  await streams.update(deadlines, { max_bytes: 1 });
  const orders = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
  try {
    await platform.win(sale, users(20, 'held'));
    // The rest of the winners wait behind the batch that is held.
    await eventually(async () => (await orders()) > 0, 'the first batch of orders');
    expect(await platform.eventCounts(sale)).toEqual({});
  } finally {
    await streams.update(deadlines, { max_bytes });
  }
  await platform.expectAuditHolds(sale);
  expect(await platform.eventCounts(sale)).toEqual({ created: 20 });
  expect((await context.metrics.ordersCreated.get()).values).toMatchObject([{ value: 20 }]);
  expect(await platform.deadLetters()).toEqual([]);
});
