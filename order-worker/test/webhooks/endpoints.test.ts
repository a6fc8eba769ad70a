import { jetstreamManager } from '@nats-io/jetstream';
import { calls, newId } from 'seckill-core';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { isRaised } from '../support/alerts.ts';
import { eventually } from '../support/platform.ts';
import { eventsOf, idsOf, numbers, useHooks } from './hooks-platform.ts';

const hooks = useHooks();
const sale = () => ({ saleId: newId() });

test('an endpoint at a private address is refused unless it is allowed', async () => {
  const { platform } = hooks;
  await hooks.startWorker({ allowPrivate: [] });
  for (const url of [hooks.receiver.url(), 'https://localhost/hook', 'https://169.254.169.254/latest', 'https://[::1]/']) {
    await expect(platform.call(calls.createWebhook, { url, events: ['*'] })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('WEBHOOK_ALLOW_PRIVATE'),
    });
  }
  await expect(platform.call(calls.createWebhook, { url: 'https://me:pw@1.1.1.1/', events: ['*'] })).rejects.toThrow(/password/);
  await platform.stopWorkers();
  await hooks.startWorker();
  const { webhookId } = await hooks.add();
  await expect(platform.call(calls.changeWebhook, { webhookId, url: 'https://me@127.0.0.1/' })).rejects.toThrow(/refused/);
});

test('an address that was allowed and is not any more gets nothing', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { webhookId } = await hooks.add();
  await platform.stopWorkers();
  await hooks.startWorker({ allowPrivate: [] });
  await hooks.store(eventsOf(sale(), 'paid', [1]));
  await eventually(async () => (await hooks.read(webhookId)).failingSince !== undefined, 'a refused try');
  expect(receiver.got).toEqual([]);
  expect((await hooks.detail(webhookId)).history[0]?.error).toContain('WEBHOOK_ALLOW_PRIVATE');
});

test('a secret is rotated without losing an event: both sign until the overlap is over', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { webhookId, secret: old } = await hooks.add();
  const rotated = await platform.call(calls.rotateWebhookSecret, { webhookId, overlapSeconds: 3_600 });
  expect((await hooks.read(webhookId)).previousSecretUntil).toBe(rotated.previousSecretUntil);
  await eventually(async () => {
    await hooks.store(eventsOf(sale(), 'paid', [1]));
    await eventually(() => receiver.got.length > 0, 'an event');
    return receiver.got.at(-1)?.headers['webhook-signature']?.includes(' ') === true;
  }, 'two signatures');
  const got = receiver.got.at(-1);
  for (const secret of [old, rotated.secret]) new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>);

  const last = await platform.call(calls.rotateWebhookSecret, { webhookId, overlapSeconds: 0 });
  expect(await hooks.read(webhookId)).not.toHaveProperty('previousSecretUntil');
  const { request } = await platform.call(calls.testWebhook, { webhookId });
  const test = receiver.got.at(-1);
  expect(test?.id).toBe(request.headers['webhook-id']);
  new Webhook(last.secret).verify(test?.body ?? '', test?.headers as Record<string, string>);
  expect(() => new Webhook(rotated.secret).verify(test?.body ?? '', test?.headers as Record<string, string>)).toThrow();
});

test('no answer but the first has the secret, nor has the log', async () => {
  const lines: unknown[] = [];
  const log = {
    info: (...line: unknown[]) => lines.push(line),
    warn: (...line: unknown[]) => lines.push(line),
    error: (...line: unknown[]) => lines.push(line),
  };
  await hooks.startWorker({}, log);
  hooks.receiver.answer = () => 500;
  const { webhookId, secret } = await hooks.add();
  await hooks.store(eventsOf(sale(), 'paid', [1]));
  await eventually(async () => (await hooks.read(webhookId)).failingSince !== undefined, 'a failure');
  const all = [
    await hooks.read(webhookId),
    await hooks.platform.call(calls.listWebhooks, { limit: 10 }),
    await hooks.detail(webhookId),
    lines,
  ];
  expect(JSON.stringify(all)).not.toContain(secret);
});

test('a paused endpoint gets nothing until it is active again, and then all', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { webhookId } = await hooks.add({ path: '/paused' });
  await hooks.add({ path: '/other' });
  expect(await platform.call(calls.changeWebhook, { webhookId, state: 'PAUSED' })).toMatchObject({ state: 'PAUSED' });
  // In force within a second.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const events = eventsOf(sale(), 'created', numbers(20));
  await hooks.store(events);
  await hooks.arrived(20, '/other');
  expect(receiver.ids('/paused')).toEqual([]);
  expect(await hooks.read(webhookId)).toMatchObject({ backlog: { waiting: 20, oldestWaitingAt: expect.any(String) } });
  await platform.call(calls.changeWebhook, { webhookId, state: 'ACTIVE' });
  await hooks.arrived(20, '/paused');
  expect(receiver.ids('/paused').toSorted()).toEqual(idsOf(events).toSorted());
});

test('a change of the URL is in force within a second, also for deliveries that wait', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  receiver.answer = ({ path }) => (path === '/old' ? 500 : 204);
  const { webhookId } = await hooks.add({ path: '/old' });
  await hooks.store(eventsOf(sale(), 'paid', [1]));
  await hooks.arrived(1, '/old');
  await platform.call(calls.changeWebhook, { webhookId, url: receiver.url('/new') });
  await hooks.arrived(1, '/new');
});

test('a deleted endpoint gets nothing more, and its deliveries are gone', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  receiver.answer = () => 500;
  const { webhookId } = await hooks.add();
  await hooks.store(eventsOf(sale(), 'paid', [1]));
  await hooks.arrived(1);
  await platform.call(calls.deleteWebhook, { webhookId });
  await expect(hooks.read(webhookId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(hooks.deliveries(webhookId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  // Repeating it changes nothing.
  await platform.call(calls.deleteWebhook, { webhookId });
});

test('410 disables the endpoint, later events wait, and enabling it delivers them', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  receiver.answer = () => 410;
  const { webhookId } = await hooks.add();
  const of = sale();
  await hooks.store(eventsOf(of, 'created', [1]));
  await eventually(async () => (await hooks.read(webhookId)).state === 'DISABLED', 'disabled');
  expect((await hooks.read(webhookId)).disabledReason).toContain('410');
  await hooks.store(eventsOf(of, 'created', [2, 3]));
  await eventually(async () => (await hooks.read(webhookId)).backlog.waiting === 3, 'three that wait');
  const before = receiver.got.length;
  receiver.answer = () => 204;
  expect(await platform.call(calls.changeWebhook, { webhookId, state: 'ACTIVE' })).not.toHaveProperty('disabledReason');
  await eventually(() => receiver.got.length === before + 3, 'three deliveries');
  expect(new Set(receiver.ids().slice(before))).toEqual(new Set(idsOf(eventsOf(of, 'created', [1, 2, 3]))));
});

test('an endpoint that only fails is disabled, with a metric that raises an alert', async () => {
  const { platform, receiver } = hooks;
  receiver.answer = () => 500;
  const worker = await hooks.startWorker({ giveUpAfterMs: 500, disableAfterMs: 2_000 });
  const { webhookId } = await hooks.add();
  await hooks.store(eventsOf(sale(), 'created', [1]));
  await eventually(async () => (await hooks.deliveries(webhookId, { state: 'FAILED' })).length === 1, 'given up');
  await eventually(async () => {
    await hooks.store(eventsOf(sale(), 'created', [2]));
    return (await hooks.read(webhookId)).state === 'DISABLED';
  }, 'disabled');
  expect((await hooks.read(webhookId)).disabledReason).toContain('Every delivery has failed since');
  await eventually(() => isRaised(worker.context, 'SeckillWebhookDisabled'), 'the alert');

  // An operator enables it again, and has everything that was given up sent again.
  receiver.answer = () => 204;
  await platform.call(calls.changeWebhook, { webhookId, state: 'ACTIVE' });
  const { replayed } = await platform.call(calls.replayDeliveries, { webhookId });
  expect(replayed).toBeGreaterThan(0);
  await eventually(async () => {
    const { backlog } = await hooks.read(webhookId);
    return backlog.waiting === 0 && backlog.failed === 0;
  }, 'all delivered');
});

describe('replay', () => {
  test('sends one delivery again under its id', async () => {
    const { platform, receiver } = hooks;
    await hooks.startWorker();
    const { webhookId } = await hooks.add();
    await hooks.store(eventsOf(sale(), 'paid', [1]));
    await eventually(async () => (await hooks.deliveries(webhookId))[0]?.state === 'DELIVERED', 'delivered');
    const { deliveryId, eventId } = await hooks.detail(webhookId);
    await platform.call(calls.replayDelivery, { webhookId, deliveryId });
    await eventually(() => receiver.got.length === 2, 'again');
    expect(receiver.ids()).toEqual([eventId, eventId]);
    const other = newId();
    await expect(platform.call(calls.replayDelivery, { webhookId: other, deliveryId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(platform.call(calls.replayDelivery, { webhookId, deliveryId: '999999999' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('sends all of a time again, or only what failed', async () => {
    const { platform, receiver } = hooks;
    await hooks.startWorker();
    const { webhookId } = await hooks.add();
    await hooks.store(eventsOf(sale(), 'created', numbers(4)));
    await eventually(async () => (await hooks.deliveries(webhookId, { state: 'DELIVERED' })).length === 4, 'four');
    expect(await platform.call(calls.replayDeliveries, { webhookId })).toEqual({ replayed: 0 });
    const past = new Date(Date.now() - 3_600_000).toISOString();
    expect(await platform.call(calls.replayDeliveries, { webhookId, to: past, failedOnly: false })).toEqual({ replayed: 0 });
    expect(await platform.call(calls.replayDeliveries, { webhookId, from: past, failedOnly: false })).toEqual({ replayed: 4 });
    await eventually(() => receiver.got.length === 8, 'four again');
  });
});

test('an endpoint gets events from before it was there, if an operator wants, and each once', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const real = await platform.openSale({ stock: 6 });
  const wins = await platform.win(real, ['a', 'b', 'c', 'd', 'e', 'f']);
  await platform.comesToRest();
  // PostgreSQL knows what the stream has forgotten.
  await (await jetstreamManager(platform.nc)).streams.purge('SECKILL_ORDERS');
  const { webhookId } = await hooks.add({ events: ['order.created'], saleIds: [real.saleId] });
  const wish = { webhookId, from: 'beginning' };
  const to = new Date(Date.now() - 3_600_000).toISOString();
  expect(await platform.call(calls.backfillWebhook, { ...wish, to })).toEqual({ added: 0 });
  expect(await platform.call(calls.backfillWebhook, wish)).toEqual({ added: 6 });
  await hooks.arrived(6);
  expect(new Set(receiver.ids())).toEqual(new Set(wins.map(({ reservationId }) => `created:${reservationId}`)));
  expect(await platform.call(calls.backfillWebhook, wish)).toEqual({ added: 0 });
  await expect(platform.call(calls.backfillWebhook, { ...wish, from: '2030-13-01' })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});

test('a test event is sent at once, also to a paused endpoint, and is in the log', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { webhookId, secret } = await hooks.add();
  await platform.call(calls.changeWebhook, { webhookId, state: 'PAUSED' });
  const sent = await platform.call(calls.testWebhook, { webhookId });
  expect(sent).toMatchObject({ event: 'webhook.test', state: 'DELIVERED', attempts: 1, history: [{ status: 204 }] });
  const [got] = receiver.got;
  expect(new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>)).toMatchObject({
    type: 'seckill.webhook.test.v1',
    subject: webhookId,
  });
  receiver.answer = () => 500;
  expect(await platform.call(calls.testWebhook, { webhookId })).toMatchObject({ state: 'FAILED', lastStatus: 500 });
  expect((await hooks.deliveries(webhookId)).map(({ state }) => state)).toEqual(['FAILED', 'DELIVERED']);
});
