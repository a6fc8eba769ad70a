import { useTestServers } from 'dev/test';
import { calls, newReservationId, type Overview, processPulse, readAnswerCounts, readRunId, reserve } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openStream, type TestStream } from '../support/open-stream.ts';
import { accessToken, buy, openSale, type Ticket, ticketFor } from '../support/sales.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

const operator = () => ({ authorization: `Bearer ${on.config.adminToken}` });
const watch = (gateway = 0) => openStream(`${on.gateways[gateway]?.url}/api/admin/live`, operator());

/** A rate excludes what a gateway had counted before its first pulse, so this waits for the pulses of both. */
async function watchBoth(gateway = 0): Promise<TestStream> {
  const stream = await watch(gateway);
  expect(Array.isArray(await stream.next())).toBe(true);
  await frameThat(stream, hasBothGateways);
  return stream;
}

// biome-ignore lint/suspicious/noExplicitAny: a frame as it came
async function frameThat(stream: TestStream, fits: (frame: any) => boolean): Promise<any> {
  return (await framesUntil(stream, fits)).at(-1);
}

// biome-ignore lint/suspicious/noExplicitAny: frames as they came
async function framesUntil(stream: TestStream, fits: (frame: any) => boolean): Promise<any[]> {
  const frames = [];
  for (;;) {
    const frame = await stream.next();
    if (frame === undefined) throw new Error('The stream has ended.');
    frames.push(frame);
    if (fits(frame)) return frames;
  }
}

const hasBothGateways = ({ processes }: { processes: { process: string }[] }): boolean =>
  processes.filter((each) => each.process === 'gateway').length === 2;

const untilUnwatched = () =>
  expect.poll(async () => (await on.call('GET', '/metrics')).text).toMatch(/^seckill_gateway_open_streams 0$/m);

test('only the operator may watch', async () => {
  const url = `${on.gateways[0]?.url}/api/admin/live`;
  expect((await openStream(url, {})).status).toBe(401);
  expect((await openStream(url, { authorization: 'Bearer wrong' })).status).toBe(401);
});

test('each gateway counts the answers of all gateways, as their metrics do', async () => {
  const { itemId, saleId } = await openSale(on, { stock: 3 });
  const streams = [await watchBoth(0), await watchBoth(1)];
  for (let i = 0; i < 10; i++) await buy(on, ticketFor(on, itemId, `buyer${i}`), { on: i % 2 });

  for (const stream of streams) {
    const frames = await framesUntil(stream, ({ answers }) => answers.RESERVED?.total === 3 && answers.SOLD_OUT?.total === 7);
    // By the last frame, the first answers may already be out of the rate.
    expect(frames.some(({ answers }) => answers.RESERVED?.perSecond > 0)).toBe(true);
    expect(frames.some(({ latencyMs }) => latencyMs.won?.p99 > 0)).toBe(true);
    const frame = frames.at(-1);
    const sale = frame.sales.find((each: { saleId: string }) => each.saleId === saleId);
    expect(sale.perSecond).toMatchObject({ RESERVED: expect.any(Number), SOLD_OUT: expect.any(Number) });
    expect(hasBothGateways(frame)).toBe(true);
  }
  const metrics = await Promise.all([0, 1].map((gateway) => on.call('GET', '/metrics', { on: gateway })));
  const counted = metrics.map(({ text }) =>
    Number(/answers_total\{route="\/api\/reservations",outcome="SOLD_OUT"\} (\d+)/.exec(text)?.[1] ?? 0),
  );
  expect((counted[0] as number) + (counted[1] as number)).toBe(7);
  for (const stream of streams) stream.close();
});

test('a rate falls to zero when buyers stop', async () => {
  const { itemId } = await openSale(on, { stock: 1 });
  const stream = await watchBoth();
  await buy(on, ticketFor(on, itemId, 'last'));
  await frameThat(stream, ({ answers }) => answers.RESERVED?.perSecond > 0);
  await frameThat(stream, ({ answers }) => answers.RESERVED?.perSecond === 0);
  stream.close();
});

/** Whether any process listens to pulses: a request without a listener is refused at once, and pulses get no answer. */
async function isListenedTo(): Promise<boolean> {
  const refusal = await on.nats.request(processPulse.subjects, '{}', { timeout: 200 }).catch((error: Error) => error);
  return !(refusal instanceof Error && refusal.message.includes('no responders'));
}

test('without an open console, no gateway listens to pulses', async () => {
  await untilUnwatched();
  await expect.poll(isListenedTo).toBe(false);
  const stream = await watchBoth();
  expect(await isListenedTo()).toBe(true);
  stream.close();
  await expect.poll(isListenedTo).toBe(false);
});

test('the first figures of all processes come within a second', async () => {
  await untilUnwatched();
  const frames = [];
  const stream = await watch();
  await stream.next();
  for (let i = 0; i < 3; i += 1) frames.push(await stream.next());
  // Frames come twice a second. The first one may be too early on a machine that stands still.
  expect(frames.some(hasBothGateways)).toBe(true);
  stream.close();
});

test('a console shows the units left of a sale that no buyer asks for', async () => {
  const { saleId, itemId } = await openSale(on, { stock: 4 });
  const stream = await watch();
  await frameThat(stream, ({ sales }) => sales?.find((sale: { saleId: string }) => sale.saleId === saleId)?.items[0].left === 4);
  const request = { reservationId: newReservationId(itemId), userId: 'elsewhere', quantity: 1 };
  await reserve(on.redis, itemId, await readRunId(on.redis), [request]);
  await frameThat(stream, ({ sales }) => sales.find((sale: { saleId: string }) => sale.saleId === saleId).items[0].left === 3);
  stream.close();
});

test('a console that opens late shows the history', async () => {
  const other = await watch();
  await expect
    .poll(async () => {
      const stream = await watch();
      const history = await stream.next();
      stream.close();
      return history.length;
    })
    .toBeGreaterThan(1);
  other.close();
});

test('the worker is asked only while an operator watches', async () => {
  const overview: Overview = { serverTime: new Date().toISOString(), sales: [], queues: [], deadLetters: 3 };
  const worker = await answerCalls(on.nats, calls.overview, () => overview);
  const since = performance.now();
  const streams = await Promise.all(Array.from({ length: 8 }, () => watch(0)));
  for (const stream of streams) await frameThat(stream, ({ deadLetters }) => deadLetters === 3);
  const elapsedSeconds = (performance.now() - since) / 1_000;
  // Once a second, however many operators watch.
  expect(worker.asked.length).toBeLessThanOrEqual(elapsedSeconds + 2);
  for (const stream of streams) stream.close();
  await untilUnwatched();
  // A call in flight arrives before the server's answers to these flushes.
  await on.gateways[0]?.parts.nats.connection?.flush();
  await on.nats.flush();
  const asked = worker.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(worker.asked.length).toBe(asked);
  worker.stop();
});

test('a console that reopens while the worker is still counting does not double the calls to it', async () => {
  await untilUnwatched();
  const overview: Overview = { serverTime: new Date().toISOString(), sales: [], queues: [], deadLetters: 4 };
  const counting: (() => void)[] = [];
  const worker = await answerCalls(
    on.nats,
    calls.overview,
    () => new Promise((resolve) => counting.push(() => resolve(overview))),
  );
  const first = await watch();
  await expect.poll(() => worker.asked.length).toBe(1);
  first.close();
  await untilUnwatched();
  const second = await watch();
  await expect.poll(() => worker.asked.length).toBe(2);
  for (const answer of counting) answer();
  await expect.poll(() => worker.asked.length).toBe(3);
  // The third call gets no reply, so none follows until its time-out and the rest after it.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(worker.asked.length).toBe(3);
  second.close();
  worker.stop();
});

test('without a worker the frames continue and say so', async () => {
  const stream = await watch();
  const frame = await frameThat(stream, ({ workerAnswers }) => workerAnswers === false);
  expect(frame).toMatchObject({ queues: [], deadLetters: null });
  stream.close();
});

test('the answers of each gateway are stored for the report, once', async () => {
  const { itemId } = await openSale(on, { stock: 2 });
  for (let i = 0; i < 6; i++) await buy(on, ticketFor(on, itemId, `kept${i}`), { on: i % 2 });
  await expect.poll(() => readAnswerCounts(on.redis, itemId)).toMatchObject({ RESERVED: 2, SOLD_OUT: 4 });
});

// Last, because consoles go on counting the answers of its gateway.
test("buyers' streams leave room for an operator's", async () => {
  const capacity = { connections: 1_000, buyerStreams: 1, operatorStreams: 1 };
  const full = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, limits: { capacity } });
  const { itemId } = await openSale(full, { stock: 2 });
  const [one, two] = [ticketFor(full, itemId, 'one'), ticketFor(full, itemId, 'two')];
  const follow = async (ticket: Ticket) =>
    openStream(`${full.gateways[0]?.url}/api/reservations/${ticket.reservationId}/live`, await accessToken(full, ticket.userId));
  const operate = () =>
    openStream(`${full.gateways[0]?.url}/api/admin/live`, { authorization: `Bearer ${full.config.adminToken}` });
  for (const ticket of [one, two]) expect((await buy(full, ticket)).status).toBe(202);
  const atOnce = await Promise.all([one, one, one, two, two, two].map(follow));
  expect(atOnce.map(({ status }) => status).toSorted()).toEqual([200, 503, 503, 503, 503, 503]);
  const streams = [...atOnce, await operate(), await operate()];
  expect(streams.slice(-2).map(({ status }) => status)).toEqual([200, 503]);
  for (const stream of streams) stream.close();
  await full.close();
});
