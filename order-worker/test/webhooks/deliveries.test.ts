import { calls, encodeOrderEvent, newId } from 'seckill-core';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/platform.ts';
import { eventsOf, idsOf, numbers, useHooks } from './hooks-platform.ts';

const hooks = useHooks();
const sale = () => ({ saleId: newId() });

test('an event of a real order arrives, signed, as the CloudEvent that the stream holds', async () => {
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const { secret } = await hooks.add({ events: ['order.created'] });
  const real = await platform.openSale({ stock: 1 });
  const [win] = await platform.win(real, ['ann']);
  await hooks.arrived(1);
  const [got] = receiver.got;
  expect(got?.headers).toMatchObject({
    'content-type': 'application/cloudevents+json',
    'webhook-id': `created:${win?.reservationId}`,
  });
  const event = new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
  expect(event).toMatchObject({
    specversion: '1.0',
    id: `created:${win?.reservationId}`,
    type: 'seckill.order.created.v1',
    subject: win?.reservationId,
    data: { userId: 'ann', version: 0, saleId: real.saleId },
  });
});

test('an endpoint gets the events that it asked for, of its sales, from its creation on', async () => {
  const [mine, other] = [sale(), sale()];
  const { platform, receiver } = hooks;
  await hooks.startWorker();
  const early = eventsOf(mine, 'paid', [1]).map((event) => ({ ...event, at: event.at - 60_000 }));
  await hooks.add({ path: '/paid', events: ['order.paid'] });
  await hooks.add({ path: '/mine', events: ['*'], saleIds: [mine.saleId] });
  await hooks.store([
    ...early,
    ...eventsOf(mine, 'created', [2]),
    ...eventsOf(mine, 'paid', [2]),
    ...eventsOf(other, 'paid', [3]),
  ]);
  await hooks.arrived(2, '/paid');
  await hooks.arrived(2, '/mine');
  await platform.comesToRest();
  expect(receiver.ids('/paid').toSorted()).toEqual(
    idsOf([...eventsOf(mine, 'paid', [2]), ...eventsOf(other, 'paid', [3])]).toSorted(),
  );
  expect(receiver.ids('/mine')).toEqual(idsOf([...eventsOf(mine, 'created', [2]), ...eventsOf(mine, 'paid', [2])]));
});

test('events of sales arrive too', async () => {
  await hooks.startWorker();
  await hooks.add({ events: ['sale.published'] });
  const { saleId } = await hooks.platform.openSale({ stock: 1 });
  await hooks.arrived(1);
  expect(JSON.parse(hooks.receiver.got[0]?.body ?? '')).toMatchObject({ type: 'seckill.sale.published.v1', subject: saleId });
});

test('events of one order arrive in order, each once, whatever fails and however the stream repeats them', async () => {
  const { receiver } = hooks;
  const of = sale();
  await hooks.startWorker();
  await hooks.add();
  const failed = new Set<string>();
  // These fail once, so that the next one of their order could overtake them.
  receiver.answer = ({ id }) => {
    if (failed.has(id) || !/^(created|paid):.*(03|07)$/.test(id)) return 204;
    failed.add(id);
    return 500;
  };
  const orders = numbers(40);
  const reservedAt = Date.now() + 1_000;
  const [created = [], paid = [], refunded = []] = (['created', 'paid', 'refunded'] as const).map((event) =>
    eventsOf(of, event, orders).map((each) => ({ ...each, reservedAt })),
  );
  // Another worker publishes that orders are paid before this one publishes that they were made.
  await hooks.store(paid.slice(30));
  await hooks.store(created);
  await hooks.store(paid.slice(0, 30));
  await hooks.store([...created].reverse().slice(0, 10), true);
  await hooks.store(refunded);
  await hooks.store(paid.slice(5, 25), true);
  await hooks.arrived(120);
  await hooks.platform.comesToRest();
  await eventually(async () => receiver.got.length === 120 + failed.size, 'the retries');
  expect(failed.size).toBe(4);
  for (const order of orders) {
    const { orderId } = eventsOf(of, 'created', [order])[0] ?? { orderId: '' };
    const names = receiver
      .ids()
      .filter((id) => id.endsWith(orderId))
      .map((id) => id.split(':')[0]);
    expect([...new Set(names)]).toEqual(['created', 'paid', 'refunded']);
    // An event comes again only right after itself: none overtakes another.
    expect(names.filter((name, i) => name !== names[i - 1])).toEqual(['created', 'paid', 'refunded']);
  }
});

test('an endpoint that hangs and one that refuses delay no other', async () => {
  const { receiver } = hooks;
  await hooks.startWorker();
  receiver.answer = ({ path }) => (path === '/hangs' ? 'hang' : path === '/refuses' ? 500 : 204);
  for (const path of ['/hangs', '/refuses', '/works']) await hooks.add({ path });
  const of = sale();
  await hooks.store(eventsOf(of, 'created', numbers(300)));
  const sentAt = performance.now();
  await hooks.arrived(300, '/works');
  // An attempt at the one that hangs takes 10 s.
  expect(performance.now() - sentAt).toBeLessThan(9_000);
  expect(receiver.ids('/hangs').length).toBeGreaterThan(0);
  expect(new Set(receiver.ids('/hangs')).size).toBeLessThan(300);
});

describe('the log of deliveries', () => {
  test('has each attempt with its answer, and shows what was sent', async () => {
    const { receiver } = hooks;
    const of = sale();
    await hooks.startWorker();
    const { webhookId } = await hooks.add();
    receiver.answer = () => (receiver.got.length === 1 ? { status: 503, body: 'busy\0', headers: { 'retry-after': '0' } } : 202);
    const events = eventsOf(of, 'paid', [1]);
    await hooks.store(events);
    await eventually(async () => (await hooks.deliveries(webhookId))[0]?.state === 'DELIVERED', 'a delivery');
    const delivery = await hooks.detail(webhookId);
    expect(delivery).toMatchObject({
      eventId: idsOf(events)[0],
      event: 'order.paid',
      orderId: events[0]?.orderId,
      attempts: 2,
      lastStatus: 202,
      request: { url: receiver.url(), headers: { 'webhook-id': idsOf(events)[0] }, body: encodeOrderEvent(events[0] as never) },
      history: [{ status: 503, answer: 'busy', error: 'The receiver answered 503.' }, { status: 202 }],
    });
    expect(receiver.got.map(({ body }) => body)).toEqual([delivery.request.body, delivery.request.body]);
    await eventually(async () => (await hooks.read(webhookId)).lastSuccessAt !== undefined, 'the success noted');
    expect(await hooks.read(webhookId)).toMatchObject({ lastSuccessAt: expect.any(String), backlog: { waiting: 0, failed: 0 } });
  });

  test('says why there was no answer', async () => {
    await hooks.startWorker();
    hooks.receiver.answer = () => 'break';
    const { webhookId } = await hooks.add();
    await hooks.store(eventsOf(sale(), 'paid', [1]));
    await eventually(async () => ((await hooks.deliveries(webhookId))[0]?.attempts ?? 0) > 0, 'an attempt');
    const { history, state, nextTryAt } = await hooks.detail(webhookId);
    expect(history[0]).toMatchObject({ error: expect.stringMatching(/other side closed|ECONNRESET/) });
    expect(history[0]).not.toHaveProperty('status');
    expect([state, typeof nextTryAt]).toEqual(['WAITING', 'string']);
    await eventually(async () => (await hooks.read(webhookId)).failingSince !== undefined, 'the failure noted');
    expect(await hooks.read(webhookId)).toMatchObject({
      failingSince: expect.any(String),
      lastError: expect.any(String),
      backlog: { waiting: 1 },
    });
  });

  test('is filtered by state and time, and paged', async () => {
    const { platform } = hooks;
    await hooks.startWorker();
    const { webhookId } = await hooks.add();
    await hooks.store(eventsOf(sale(), 'created', numbers(5)));
    await eventually(async () => (await hooks.deliveries(webhookId, { state: 'DELIVERED' })).length === 5, 'five');
    expect(await hooks.deliveries(webhookId, { state: 'FAILED' })).toEqual([]);
    const first = await platform.call(calls.listDeliveries, { webhookId, limit: 3 });
    const rest = await platform.call(calls.listDeliveries, { webhookId, limit: 3, cursor: first.nextCursor ?? '' });
    expect([...first.deliveries, ...rest.deliveries].map(({ deliveryId }) => deliveryId)).toEqual(
      (await hooks.deliveries(webhookId)).map(({ deliveryId }) => deliveryId),
    );
    expect(rest).not.toHaveProperty('nextCursor');
    const to = new Date(Date.now() - 3_600_000).toISOString();
    expect((await platform.call(calls.listDeliveries, { webhookId, limit: 3, to })).deliveries).toEqual([]);
  });
});

test('a dead worker leaves nothing behind: what it had not recorded is delivered again under the same id', async () => {
  const { platform, receiver } = hooks;
  const first = await hooks.startWorker();
  await hooks.add();
  receiver.answer = () => 'hang';
  const events = eventsOf(sale(), 'paid', numbers(3));
  await hooks.store(events);
  await hooks.arrived(3);
  // It stops without an answer, and records nothing.
  platform.workers.splice(0);
  const stopping = first.stop();
  receiver.answer = () => 204;
  await hooks.startWorker();
  await eventually(() => receiver.got.length >= 6, 'each again');
  await stopping;
  expect(new Set(receiver.ids())).toEqual(new Set(idsOf(events)));
});
