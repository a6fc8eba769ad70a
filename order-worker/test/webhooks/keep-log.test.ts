import { calls, newId } from 'seckill-core';
import { expect, test } from 'vitest';
import { keepLog } from '../../src/webhooks/keep-log.ts';
import { USUAL_WEBHOOK_SETTINGS } from '../../src/webhooks/webhook-settings.ts';
import { eventually } from '../support/platform.ts';
import { eventsOf, numbers, useHooks } from './hooks-platform.ts';

const hooks = useHooks();
const HOUR = 3_600_000;
const settings = { ...USUAL_WEBHOOK_SETTINGS, logForMs: 2 * HOUR, giveUpAfterMs: HOUR };

/** Makes the deliveries of an endpoint as old as that. */
const age = (webhookId: string, hours: number) => hooks.platform.prisma.$executeRaw`
  UPDATE listener_tasks SET created_at = created_at - make_interval(hours => ${hours}::int), finished_at = finished_at - make_interval(hours => ${hours}::int)
  WHERE lane = ${`webhooks/${webhookId}`}`;

test('finished deliveries are deleted when the log is over, and none that waits', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { webhookId } = await hooks.add();
  await hooks.store(eventsOf({ saleId: newId() }, 'created', numbers(3)));
  await eventually(async () => (await hooks.deliveries(webhookId, { state: 'DELIVERED' })).length === 3, 'three');
  receiver.answer = () => 500;
  await hooks.store(eventsOf({ saleId: newId() }, 'created', numbers(1)));
  await eventually(async () => (await hooks.read(webhookId)).backlog.waiting === 1, 'one that waits');
  await age(webhookId, 1);
  await keepLog(platform.prisma, settings);
  expect(await hooks.deliveries(webhookId)).toHaveLength(4);
  await age(webhookId, 2);
  await keepLog(platform.prisma, settings);
  expect((await hooks.deliveries(webhookId)).map(({ state }) => state)).toEqual(['WAITING']);
});

test('what waits too long for a paused endpoint is given up, and can be sent again', async () => {
  const { platform } = hooks;
  await hooks.startWorker();
  const { webhookId } = await hooks.add();
  await platform.call(calls.changeWebhook, { webhookId, state: 'PAUSED' });
  await hooks.store(eventsOf({ saleId: newId() }, 'created', numbers(2)));
  await eventually(async () => (await hooks.deliveries(webhookId)).length === 2, 'two in the log');
  await platform.stopWorkers();
  await platform.prisma.$executeRaw`
    UPDATE listener_tasks SET state = 'WAITING', finished_at = NULL, attempts = 0 WHERE lane = ${`webhooks/${webhookId}`}`;
  await keepLog(platform.prisma, settings);
  await age(webhookId, 2);
  await keepLog(platform.prisma, settings);
  await hooks.startWorker();
  const failed = await hooks.deliveries(webhookId, { state: 'FAILED' });
  expect(failed.map(({ lastError }) => lastError)).toEqual(Array(2).fill('It waited too long for the endpoint to be enabled.'));
  await platform.call(calls.changeWebhook, { webhookId, state: 'ACTIVE' });
  expect(await platform.call(calls.replayDeliveries, { webhookId })).toEqual({ replayed: 2 });
  await eventually(async () => (await hooks.deliveries(webhookId, { state: 'DELIVERED' })).length === 2, 'both');
});

test('the deliveries of a deleted endpoint are deleted, and then its row', async () => {
  const { platform } = hooks;
  const { prisma } = platform;
  await hooks.startWorker();
  const { webhookId } = await hooks.add();
  await hooks.store(eventsOf({ saleId: newId() }, 'created', numbers(2)));
  await hooks.arrived(2);
  await platform.call(calls.deleteWebhook, { webhookId });
  await keepLog(prisma, settings);
  expect(await prisma.listenerTask.count({ where: { lane: `webhooks/${webhookId}` } })).toBe(0);
  expect(await prisma.webhookEndpoint.count({ where: { id: webhookId } })).toBe(1);
  await prisma.$executeRaw`UPDATE webhook_endpoints SET deleted_at = deleted_at - interval '2 minutes' WHERE id = ${webhookId}::uuid`;
  await keepLog(prisma, settings);
  expect(await prisma.webhookEndpoint.count({ where: { id: webhookId } })).toBe(0);
});
