import { type AdminSale, type OrderEvent, sendOrderEvents } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { acting } from '../../src/listeners/acting/acting.ts';
import {
  type ActingListener,
  type Attempt,
  type Lane,
  type ListenerTask,
  TaskFailed,
  TaskRefused,
} from '../../src/listeners/acting/acting-listener.ts';
import { forgetTasks } from '../../src/listeners/acting/forget-tasks.ts';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

type Act = (task: ListenerTask) => Promise<Attempt | undefined>;

/** A lane that notes what it acted on. Its far side is `act`. */
class TestLane implements Lane {
  readonly name: string;
  readonly atOnce = 4;
  giveUpAfterMs = 60_000;
  longestPauseMs = 50;
  answerWithinMs = 20_000;
  wanted: readonly string[] = ['created', 'paid', 'cancelled', 'rejected', 'refunded'];
  readonly done: ListenerTask[] = [];
  act: Act = async () => undefined;

  constructor(name: string, act?: Act) {
    this.name = name;
    const far = act ?? (async () => undefined);
    this.act = async (task) => {
      const answer = await far(task);
      this.done.push(task);
      return answer;
    };
  }

  wants({ event }: { event: string }): boolean {
    return this.wanted.includes(event);
  }

  ids(): string[] {
    return this.done.map(({ eventId }) => eventId);
  }
}

/** Each test has its listener, whose position no other test moves. */
const listenerOf = (...lanes: Lane[]): ActingListener => ({ name: `test of ${lanes[0]?.name}`, lanes: () => lanes });

/** The listener begins after the newest event, so a test waits until its position is there. */
async function start(platform: Platform, listener: ActingListener): Promise<void> {
  await platform.startWorker({ listeners: [acting(listener)] });
  const isThere = async () => (await platform.prisma.listenerPosition.count({ where: { listener: listener.name } })) === 1;
  await eventually(isThere, 'the listener listens');
}

const orderIdOf = ({ saleId }: AdminSale, order: number) =>
  `${saleId.slice(-8)}-0000-7000-8000-${order.toString(16).padStart(12, '0')}`;

const eventOf = (sale: AdminSale, order: number, event: OrderEvent['event'], version: number): OrderEvent => ({
  event,
  orderId: orderIdOf(sale, order),
  saleId: sale.saleId,
  itemId: '000001',
  userId: 'buyer',
  quantity: 1,
  amountCents: 1,
  currency: 'EUR',
  reservedAt: 1,
  at: Date.now(),
  payBy: 1,
  version,
});

const tasksIn = (platform: Platform, lane: string) =>
  platform.prisma.listenerTask.findMany({ where: { lane }, orderBy: { id: 'asc' } });

test('a listener acts on every event that it wants, once, and notes what the far side answered', async () => {
  const { platform } = on;
  const lane = new TestLane('every', async () => ({ status: 204 }));
  lane.wanted = ['created'];
  await start(platform, listenerOf(lane));
  const sale = await platform.openSale({ stock: 50 });
  await platform.win(sale, users(50));
  await eventually(() => lane.done.length >= 50, 'fifty acts');
  await eventually(async () => (await tasksIn(platform, 'every')).every(({ state }) => state === 'DONE'), 'all written');
  const tasks = await tasksIn(platform, 'every');
  expect(new Set(lane.ids()).size).toBe(50);
  expect(lane.done).toHaveLength(50);
  expect(tasks).toHaveLength(50);
  expect(tasks[0]?.history).toEqual([{ at: expect.any(String), ms: expect.any(Number), ok: true, status: 204 }]);
  expect(JSON.parse(lane.done[0]?.event ?? '')).toMatchObject({
    type: 'seckill.order.created.v1',
    data: { saleId: sale.saleId },
  });
});

test('a listener that is new gets no events from before', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 2 });
  await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'created', 0)]);
  await platform.stopWorkers();
  const lane = new TestLane('new');
  await start(platform, listenerOf(lane));
  await sendOrderEvents(platform.publisher, [eventOf(sale, 2, 'created', 0)]);
  await eventually(() => lane.done.length > 0, 'an act');
  expect(lane.ids()).toEqual([`created:${orderIdOf(sale, 2)}`]);
});

describe('the events of an order are acted on in order', () => {
  test('if they come shuffled and twice, and each fails once', async () => {
    const { platform } = on;
    const failed = new Set<string>();
    const lane = new TestLane('shuffled', async ({ eventId }) => {
      if (failed.has(eventId)) return undefined;
      failed.add(eventId);
      throw new TaskFailed('not yet');
    });
    await start(platform, listenerOf(lane));
    const sale = await platform.openSale();
    const events = [1, 2, 3].flatMap((order) => [
      eventOf(sale, order, 'refunded', 2),
      eventOf(sale, order, 'paid', 1),
      eventOf(sale, order, 'created', 0),
    ]);
    for (const event of events) await sendOrderEvents(platform.publisher, [event]);
    for (const event of events) await sendOrderEvents(platform.publisher, [event], { repeat: true });
    await eventually(() => lane.done.length >= 9, 'nine acts');
    for (const order of [1, 2, 3]) {
      const id = orderIdOf(sale, order);
      expect(lane.ids().filter((eventId) => eventId.endsWith(id))).toEqual([`created:${id}`, `paid:${id}`, `refunded:${id}`]);
    }
  });

  test('but no event waits for one that the lane does not want', async () => {
    const { platform } = on;
    const lane = new TestLane('only paid');
    lane.wanted = ['paid'];
    await start(platform, listenerOf(lane));
    const sale = await platform.openSale();
    await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'paid', 1)]);
    await eventually(() => lane.done.length === 1, 'the act');
  });
});

test('a lane whose far side hangs delays no other lane', async () => {
  const { platform } = on;
  const release: (() => void)[] = [];
  const hanging = new TestLane('hanging', () => new Promise((resolve) => release.push(() => resolve(undefined))));
  const refusing = new TestLane('refusing', () => Promise.reject(new Error('ECONNREFUSED')));
  const healthy = new TestLane('healthy');
  await start(platform, listenerOf(hanging, refusing, healthy));
  const sale = await platform.openSale();
  await sendOrderEvents(
    platform.publisher,
    Array.from({ length: 100 }, (_, i) => eventOf(sale, i, 'created', 0)),
  );
  await eventually(() => healthy.done.length === 100, 'a hundred acts of the healthy lane');
  // One after the other is tried, not all that wait.
  expect((await tasksIn(platform, 'refusing')).filter(({ attempts }) => attempts > 0).length).toBeLessThan(50);
  for (const each of release) each();
});

describe('a task that fails', () => {
  test('is dead at once if no retry can help, with the reason', async () => {
    const { platform } = on;
    const lane = new TestLane('refused', () => Promise.reject(new TaskRefused('There is no such address.')));
    await start(platform, listenerOf(lane));
    const sale = await platform.openSale();
    await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'created', 0)]);
    await eventually(async () => (await tasksIn(platform, 'refused'))[0]?.state === 'DEAD', 'it is dead');
    expect((await tasksIn(platform, 'refused'))[0]?.history).toMatchObject([
      { ok: false, error: expect.stringContaining('no such address') },
    ]);
  });

  test('is dead after the time that its lane allows, and later events of its order go on', async () => {
    const { platform } = on;
    const lane = new TestLane('old', async ({ eventId }) => {
      if (eventId.startsWith('created')) throw new Error('500');
      return undefined;
    });
    lane.giveUpAfterMs = 1_500;
    await start(platform, listenerOf(lane));
    const sale = await platform.openSale();
    await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'created', 0)]);
    await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'paid', 1)]);
    await eventually(() => lane.done.length === 1, 'the later event');
    expect((await tasksIn(platform, 'old')).map(({ state, attempts }) => state === 'DEAD' && attempts > 1)).toContain(true);
  });

  test('is given up by its time limit if the far side never answers, and is tried again', async () => {
    const { platform } = on;
    let calls = 0;
    const lane = new TestLane('silent', () => {
      calls += 1;
      return calls === 1 ? new Promise(() => {}) : Promise.resolve(undefined);
    });
    lane.answerWithinMs = 100;
    await start(platform, listenerOf(lane));
    const sale = await platform.openSale();
    await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'created', 0)]);
    await eventually(() => lane.done.length === 1, 'the second try');
    await eventually(async () => (await tasksIn(platform, 'silent'))[0]?.state === 'DONE', 'it is written');
    expect((await tasksIn(platform, 'silent'))[0]?.history).toMatchObject([{ ok: false }, { ok: true }]);
  });
});

test('tasks survive their worker: another one acts on what was not finished', async () => {
  const { platform } = on;
  const lane = new TestLane('survivor', () => Promise.reject(new Error('away')));
  const listener = listenerOf(lane);
  await start(platform, listener);
  const sale = await platform.openSale();
  await sendOrderEvents(platform.publisher, [eventOf(sale, 1, 'created', 0)]);
  await eventually(async () => ((await tasksIn(platform, 'survivor'))[0]?.attempts ?? 0) > 0, 'a try');
  await platform.stopWorkers();
  const next = new TestLane('survivor');
  await start(platform, { ...listener, lanes: () => [next] });
  await eventually(() => next.done.length === 1, 'the act of the second worker');
});

test('tasks that were finished weeks ago are forgotten, and others stay', async () => {
  const { platform } = on;
  const { prisma } = platform;
  const task = { lane: 'past', subject: orderIdOf({ saleId: '0'.repeat(36) } as AdminSale, 1), type: 't', rank: 0, event: '{}' };
  const [past, now] = [new Date(Date.now() - 31 * 24 * 3_600_000), new Date()];
  await prisma.listenerTask.createMany({
    data: [
      { ...task, eventId: 'old', state: 'DONE', createdAt: past, finishedAt: past },
      { ...task, eventId: 'young', state: 'DONE', createdAt: past, finishedAt: now },
      { ...task, eventId: 'dead', state: 'DEAD', createdAt: past, finishedAt: past },
    ],
  });
  await forgetTasks(prisma);
  expect((await tasksIn(platform, 'past')).map(({ eventId }) => eventId)).toEqual(['young', 'dead']);
});
