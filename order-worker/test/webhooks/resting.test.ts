import { jetstreamManager } from '@nats-io/jetstream';
import { calls, newId, STREAMS } from 'seckill-core';
import { expect, test } from 'vitest';
import { eventually } from '../support/platform.ts';
import { eventsOf, idsOf, numbers, useHooks } from './hooks-platform.ts';

const hooks = useHooks();

const stateOfStream = async () => (await (await jetstreamManager(hooks.platform.nc)).streams.info(STREAMS.orders.name)).state;
const readers = async () => (await stateOfStream()).consumer_count;
const position = async () =>
  Number((await hooks.platform.prisma.listenerPosition.findUnique({ where: { listener: 'webhooks' } }))?.streamSeq ?? -1);
const isAtEnd = async () => (await position()) === (await stateOfStream()).last_seq;

test('without an endpoint no event is read, and the first endpoint gets what comes after it', async () => {
  await hooks.startWorker();
  // The statistics are the other listener.
  await eventually(async () => (await readers()) === 1, 'the reader of the statistics');
  const before = eventsOf({ saleId: newId() }, 'paid', numbers(3));
  await hooks.store(before);
  await eventually(isAtEnd, 'the position at the end');
  expect(await readers()).toBe(1);

  const { webhookId } = await hooks.add();
  const after = eventsOf({ saleId: newId() }, 'paid', numbers(3));
  await hooks.store(after);
  await hooks.arrived(3);
  expect(new Set(hooks.receiver.ids('/hook'))).toEqual(new Set(idsOf(after)));
  expect(await readers()).toBe(2);

  await hooks.platform.call(calls.deleteWebhook, { webhookId });
  await eventually(async () => (await readers()) === 1, 'the end of the reading');
  await hooks.store(eventsOf({ saleId: newId() }, 'paid', numbers(3)));
  await eventually(isAtEnd, 'the position at the end');
});

test('only the worker that leads a listener shows how far it is', async () => {
  const workers = [await hooks.startWorker(), await hooks.startWorker()];
  const shown = async () => {
    const texts = await Promise.all(workers.map(({ context }) => context.metrics.registry.metrics()));
    return texts.map((text) => /^seckill_listener_waiting\{listener="webhooks"\}/m.test(text));
  };
  await eventually(async () => (await shown()).includes(true), 'the gauge');
  expect((await shown()).toSorted()).toEqual([false, true]);
  const leader = (await shown()).indexOf(true);
  await workers[leader]?.stop();
  await eventually(async () => (await shown())[1 - leader] === true, 'the gauge of the next leader');
});
