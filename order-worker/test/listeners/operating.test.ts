import { calls } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually, type Platform, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const LISTENER = 'tried';

const subject = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
type State = 'WAITING' | 'DONE' | 'DEAD';

async function addTask({ prisma }: Platform, n: number, state: State, age = 0): Promise<string> {
  const at = new Date(Date.now() - age);
  const { id } = await prisma.listenerTask.create({
    data: {
      lane: LISTENER,
      subject: subject(n),
      eventId: `paid:${subject(n)}`,
      type: 'seckill.order.paid.v1',
      rank: 1,
      event: '{}',
      state,
      createdAt: at,
      nextTryAt: new Date(Date.now() + 3_600_000),
      finishedAt: state === 'WAITING' ? null : at,
    },
  });
  return String(id);
}

beforeEach(async () => {
  const { platform } = on;
  await platform.prisma.listenerTask.deleteMany();
  await platform.prisma.listenerPosition.deleteMany({ where: { listener: LISTENER } });
  await platform.prisma.listenerPosition.create({ data: { listener: LISTENER, streamSeq: 0 } });
  await platform.startWorker();
});

const stateOf = async (platform: Platform, taskId: string) => {
  const task = await platform.prisma.listenerTask.findUniqueOrThrow({ where: { id: BigInt(taskId) } });
  return { state: task.state, isDue: task.nextTryAt.getTime() <= Date.now() };
};

test('an operator sees what each listener has to do, has given up, and does in a minute', async () => {
  const { platform } = on;
  await addTask(platform, 1, 'WAITING', 90_000);
  await addTask(platform, 2, 'DEAD');
  await addTask(platform, 3, 'DONE');
  await addTask(platform, 4, 'DONE', 120_000);
  const { listeners } = await platform.call(calls.listListeners, {});
  const tried = listeners.find(({ listener }) => listener === LISTENER);
  expect(tried).toMatchObject({ waiting: 1, dead: 1, donePerMinute: 1 });
  expect(tried?.oldestSeconds).toBeGreaterThanOrEqual(90);
  await eventually(
    async () => (await platform.call(calls.listListeners, {})).listeners.some(({ listener }) => listener === 'statistics'),
    'the statistics',
  );
});

describe('what a listener gave up', () => {
  test('is listed, the newest first, in pages', async () => {
    const { platform } = on;
    const ids = [];
    for (let n = 1; n <= 3; n += 1) ids.push(await addTask(platform, n, 'DEAD'));
    await addTask(platform, 4, 'DONE');
    const first = await platform.call(calls.listTasks, { listener: LISTENER, state: 'DEAD', limit: 2 });
    expect(first.tasks.map(({ taskId }) => taskId)).toEqual([ids[2], ids[1]]);
    const cursor = first.nextCursor ?? '';
    const second = await platform.call(calls.listTasks, { listener: LISTENER, state: 'DEAD', limit: 2, cursor });
    expect(second.tasks.map(({ taskId }) => taskId)).toEqual([ids[0]]);
    expect(second.nextCursor).toBeUndefined();
  });

  test('is tried again, one or all, and what waits at once', async () => {
    const { platform } = on;
    const [one, other, waiting] = [
      await addTask(platform, 1, 'DEAD'),
      await addTask(platform, 2, 'DEAD'),
      await addTask(platform, 3, 'WAITING'),
    ];
    expect(await platform.call(calls.retryTask, { listener: LISTENER, taskId: one })).toMatchObject({ state: 'WAITING' });
    expect(await stateOf(platform, one)).toEqual({ state: 'WAITING', isDue: true });
    expect(await stateOf(platform, other)).toEqual({ state: 'DEAD', isDue: false });
    expect(await platform.call(calls.retryTasks, { listener: LISTENER })).toEqual({ retried: 2 });
    for (const id of [other, waiting]) expect(await stateOf(platform, id)).toEqual({ state: 'WAITING', isDue: true });
  });

  test('is discarded, with a note', async () => {
    const { platform } = on;
    const taskId = await addTask(platform, 1, 'DEAD');
    const discarded = await platform.call(calls.discardTask, { listener: LISTENER, taskId });
    expect(discarded).toMatchObject({ state: 'DONE', history: [{ ok: false, error: expect.stringContaining('operator') }] });
  });

  test('of another listener is not found', async () => {
    const { platform } = on;
    const taskId = await addTask(platform, 1, 'DEAD');
    const asked = platform.call(calls.retryTask, { listener: 'other', taskId });
    await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await stateOf(platform, taskId)).toMatchObject({ state: 'DEAD' });
  });
});
