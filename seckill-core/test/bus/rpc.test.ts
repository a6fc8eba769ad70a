import { setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '@nats-io/nats-core';
import { atWorker, CallLane, callRpc, calls, defineRpc, type LaneBounds, Problem, RPC_QUEUE, serveRpc } from 'seckill-core';
import { Type } from 'typebox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Outage, RecordedLog } from './consume.ts';
import { quickest } from './quickest.ts';
import { connectTo, PATIENCE_MS, useNats } from './use-nats.ts';

const nats = useNats();
let names = 0;

/** A call that only one test uses: it doubles a number. */
function newCall() {
  names += 1;
  const [request, reply] = [Type.Object({ number: Type.Integer() }), Type.Object({ doubled: Type.Integer() })];
  return defineRpc(`test-${names}`, request, reply, PATIENCE_MS);
}

/** The caller's result, and the log, if the handler does this. */
async function outcomeOf(handle: (request: { number: number }) => Promise<{ doubled: number }>, number: unknown = 21) {
  const rpc = newCall();
  const log = new RecordedLog();
  const served = serveRpc(nats.nc, rpc, handle, log);
  onTestFinished(() => served.unsubscribe());
  const answer = await callRpc(nats.nc, rpc, { number } as { number: number }).catch((error: unknown) => error);
  return { answer, logged: log.lines };
}

describe('a call', () => {
  test('returns the value', async () => {
    const { answer, logged } = await outcomeOf(async ({ number }) => ({ doubled: 2 * number }));
    expect(answer).toEqual({ doubled: 42 });
    expect(logged).toEqual([]);
  });

  test('returns a problem unchanged, and does not log it', async () => {
    const { answer, logged } = await outcomeOf(() => Promise.reject(new Problem('NOT_PAYABLE', 'Paid already.', 5)));
    expect(answer).toBeInstanceOf(Problem);
    expect(answer).toMatchObject({ code: 'NOT_PAYABLE', message: 'Paid already.', retryAfterMs: 5 });
    expect(logged).toEqual([]);
  });

  test('is UNAVAILABLE if a server behind the worker is away', async () => {
    const { answer, logged } = await outcomeOf(() => Promise.reject(new Outage('PostgreSQL at 10.0.0.1 is away')));
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) });
    expect((answer as Problem).message).not.toContain('10.0.0.1');
    expect(logged).toEqual(['a call failed']);
  });

  test('is INTERNAL for any other fault, which is logged and not disclosed', async () => {
    const { answer, logged } = await outcomeOf(() => {
      throw new Error('SELECT * FROM orders');
    });
    expect(answer).toMatchObject({ code: 'INTERNAL' });
    expect((answer as Problem).message).not.toContain('SELECT');
    expect(logged).toEqual(['a call failed']);
  });

  test('that does not fit its schema is VALIDATION_FAILED, naming the field, and is not handled', async () => {
    let handled = 0;
    const { answer } = await outcomeOf(async () => ({ doubled: ++handled }), 'many');
    expect(answer).toMatchObject({ code: 'VALIDATION_FAILED', message: expect.stringContaining('/number') });
    expect(handled).toBe(0);
  });

  test('whose reply is larger than a message may be is INTERNAL, and the log says how large it is', async () => {
    const rpc = defineRpc('large', Type.Object({}), Type.Object({ text: Type.String() }), PATIENCE_MS);
    const log = new RecordedLog();
    const served = serveRpc(nats.nc, rpc, async () => ({ text: 'x'.repeat(2 ** 21) }), log);
    await expect(callRpc(nats.nc, rpc, {})).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(log.lines).toEqual(['the reply to a call is larger than a NATS message may be']);
    served.unsubscribe();
  });
});

describe('a lane bounds the calls:', () => {
  /** A worker whose handler waits until the test lets it go on. */
  function slowWorker(bounds: LaneBounds) {
    const rpc = newCall();
    const begun: number[] = [];
    const gate = deferred<void>();
    const handle = async ({ number }: { number: number }) => {
      begun.push(number);
      await gate;
      return { doubled: 2 * number };
    };
    const served = serveRpc(nats.nc, rpc, handle, new RecordedLog(), new CallLane(bounds));
    onTestFinished(() => served.unsubscribe());
    return { rpc, begun, open: () => gate.resolve() };
  }

  test('what is beyond it is UNAVAILABLE at once, and told to come back at different times', async () => {
    const { rpc, begun, open } = slowWorker({ running: 1, waiting: 1 });
    const served = [1, 2].map((number) => callRpc(nats.nc, rpc, { number }));
    const refused = await Promise.all(
      [3, 4, 5, 6].map((number) => callRpc(nats.nc, rpc, { number }).catch((error: unknown) => error as Problem)),
    );
    expect(refused.map((problem) => (problem as Problem).code)).toEqual(new Array(4).fill('UNAVAILABLE'));
    const waits = refused.map((problem) => (problem as Problem).retryAfterMs ?? 0);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(new Set(waits).size).toBeGreaterThan(1);
    expect(begun).toEqual([1]);
    open();
    expect(await Promise.all(served)).toEqual([{ doubled: 2 }, { doubled: 4 }]);
  });

  test('a call whose caller has given up while it waited is not started', async () => {
    const { rpc, begun, open } = slowWorker({ running: 1, waiting: 9 });
    const first = callRpc(nats.nc, rpc, { number: 1 });
    const second = expect(callRpc(nats.nc, rpc, { number: 2 }, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const third = callRpc(nats.nc, rpc, { number: 3 });
    await nats.nc.flush();
    // Its 50 ms count from its arrival, which may be late on a busy machine.
    await sleep(100);
    await second;
    open();
    await Promise.all([first, third]);
    expect(begun).toEqual([1, 3]);
  });

  test.each([undefined, 10 * PATIENCE_MS])(
    'a call that runs knows when its caller gives up, if that waits for %s ms',
    async (timeoutMs) => {
      const rpc = newCall();
      const handle = async (_: unknown, giveUpAt: number) => ({ doubled: Math.round(giveUpAt) });
      const served = serveRpc(nats.nc, rpc, handle, new RecordedLog());
      onTestFinished(() => served.unsubscribe());
      const began = performance.now();
      const { doubled } = await callRpc(nats.nc, rpc, { number: 1 }, timeoutMs === undefined ? {} : { timeoutMs });
      const waits = timeoutMs ?? rpc.timeoutMs;
      expect(doubled).toBeGreaterThanOrEqual(Math.floor(began + waits));
      expect(doubled).toBeLessThanOrEqual(Math.ceil(performance.now() + waits));
    },
  );
});

describe('a call without a reply is UNAVAILABLE:', () => {
  test('at once if there is no worker', async () => {
    const call = () => callRpc(nats.nc, newCall(), { number: 1 });
    const shortest = await quickest(() =>
      expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) }),
    );
    expect(shortest).toBeLessThan(1_000);
  });

  test('after the time-out if the worker takes too long', async () => {
    const rpc = newCall();
    const silent = nats.nc.subscribe(rpc.subject, { callback: () => undefined });
    await expect(callRpc(nats.nc, rpc, { number: 1 }, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    silent.unsubscribe();
  });

  test('if the connection is closed', async () => {
    const other = await connectTo(nats.url);
    await other.nc.close();
    await expect(callRpc(other.nc, newCall(), { number: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('if the connection is closed while it waits', async () => {
    const rpc = newCall();
    const arrived = deferred<void>();
    const silent = nats.nc.subscribe(rpc.subject, { callback: () => arrived.resolve() });
    const other = await connectTo(nats.url);
    const refused = expect(callRpc(other.nc, rpc, { number: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await arrived;
    await other.nc.close();
    await refused;
    silent.unsubscribe();
  });
});

test('a call to one worker goes to that worker, and to any other once that one has stopped', async () => {
  const rpc = newCall();
  const serve = (doubled: number) => async () => ({ doubled });
  const [all, one] = [
    serveRpc(nats.nc, rpc, serve(1), new RecordedLog()),
    serveRpc(nats.nc, atWorker(rpc, 'a'), serve(2), new RecordedLog()),
  ];
  await expect(callRpc(nats.nc, rpc, { number: 1 }, { workerId: 'a' })).resolves.toEqual({ doubled: 2 });
  one.unsubscribe();
  await expect(callRpc(nats.nc, rpc, { number: 1 }, { workerId: 'a' })).resolves.toEqual({ doubled: 1 });
  all.unsubscribe();
});

test('workers share the calls: each is answered by one', async () => {
  const rpc = newCall();
  const answered = [0, 0];
  const workers = answered.map((_, worker) =>
    serveRpc(
      nats.nc,
      rpc,
      async ({ number }) => {
        answered[worker] = (answered[worker] ?? 0) + 1;
        return { doubled: 2 * number };
      },
      new RecordedLog(),
    ),
  );
  await Promise.all(Array.from({ length: 100 }, (_, number) => callRpc(nats.nc, rpc, { number })));
  expect((answered[0] ?? 0) + (answered[1] ?? 0)).toBe(100);
  expect(Math.min(...answered)).toBeGreaterThan(0);
  expect(workers.every((worker) => worker.getSubject().startsWith('seckill.rpc.'))).toBe(true);
  expect(RPC_QUEUE).toBe('order-worker');
  for (const worker of workers) worker.unsubscribe();
});

describe('every call from the gateway to a worker', () => {
  const sale = {
    title: 'A sale',
    startsAt: '2030-01-01T00:00:00Z',
    endsAt: '2030-01-02T00:00:00Z',
    payTimeoutSeconds: 900,
    rateLimit: { ratePerSecond: 10, burst: 10 },
    items: [{ title: 'An item', priceCents: 100, currency: 'EUR', stock: 5 }],
  };
  const decode = (request: unknown) => calls.createSale.decodeRequest(Buffer.from(JSON.stringify(request)));

  test('has its own subject', () => {
    expect(new Set(Object.values(calls).map(({ subject }) => subject)).size).toBe(Object.keys(calls).length);
  });

  test('is checked on arrival', () => {
    expect(decode(sale)).toEqual(sale);
    expect(() => decode({ ...sale, startsAt: 'tomorrow' })).toThrow('/startsAt');
    expect(() => decode({ ...sale, surprise: 1 })).toThrow('surprise');
    expect(() => decode({ ...sale, items: [{ ...sale.items[0], stock: 1.5 }] })).toThrow('/items/0/stock');
    expect(() => decode({ ...sale, items: [] })).toThrow('/items');
  });
});
