import { readFileSync } from 'node:fs';
import { jetstreamManager } from '@nats-io/jetstream';
import { findProgram, runProgram, ThrowAwayFolder } from 'dev';
import { useTestServers } from 'dev/test';
import { type AdminSale, calls, type RepairReport, STREAMS, type StockReserved } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fallDue } from '../support/fall-due.ts';
import { eventually, Platform } from '../support/platform.ts';

const servers = useTestServers();
let folder: ThrowAwayFolder;
let platform: Platform;

beforeAll(async () => {
  folder = new ThrowAwayFolder('backup');
  platform = await Platform.connect(servers);
  await platform.startWorker();
});
afterAll(async () => {
  await platform.close();
  await folder.close();
});

/** What the page says, in the order of its steps. */
const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** Runs a command of the page. */
async function run(command: RegExp): Promise<void> {
  const [line = ''] = command.exec(page) ?? [];
  const values: Record<string, string> = { '"$DATABASE_URL"': servers.databaseUrl, 'FILE.dump': `${folder.path}/FILE.dump` };
  const [program = '', ...args] = line.split(' ').map((word) => values[word] ?? word);
  const { code, output } = await runProgram(findProgram(program) ?? program, args);
  expect(`${line}: ${code} ${output}`).toBe(`${line}: 0 `);
}

/** A new process: it knows nothing of the database before the restore. The provider knows what it knew. */
async function restart(): Promise<void> {
  const { paid, done } = platform.provider;
  await platform.close();
  platform = await Platform.connect(servers);
  for (const [paymentId, facts] of paid) platform.provider.paid.set(paymentId, facts);
  for (const refundId of done) platform.provider.done.add(refundId);
}

/** A sold-out item whose units return opens again after a moment. */
async function winOne(sale: AdminSale, userId: string): Promise<StockReserved> {
  let won: StockReserved | undefined;
  await eventually(async () => {
    [won] = await platform.win(sale, [userId]);
    return won !== undefined;
  }, `${userId} wins`);
  return won as StockReserved;
}

async function order(sale: AdminSale, userId: string): Promise<StockReserved> {
  const win = await winOne(sale, userId);
  await reaches(win, 'ORDERED');
  return win;
}

const startPayment = async ({ userId, reservationId }: StockReserved): Promise<string> =>
  (await platform.call(calls.startPayment, { userId, orderId: reservationId })).paymentId;

const report = ({ reservationId }: StockReserved, paymentId: string) => platform.reportPaid(reservationId, paymentId);

async function pay(win: StockReserved): Promise<string> {
  const paymentId = await startPayment(win);
  await report(win, paymentId);
  await reaches(win, 'PAID');
  return paymentId;
}

async function cancel({ userId, reservationId }: StockReserved): Promise<void> {
  await platform.call(calls.cancelOrder, { userId, orderId: reservationId });
}

const reaches = ({ reservationId, userId }: StockReserved, status: string): Promise<void> =>
  eventually(async () => (await platform.statusInRedis(reservationId)) === status, `${userId} is ${status}`);

const restore = (sale: AdminSale): Promise<RepairReport> => platform.run('repair', sale, { restored: true });

test('a dump of the middle of a sale is restored, and the page brings back every order and payment after it', {
  timeout: 240_000,
}, async () => {
  const sale = await platform.openSale({ stock: 7 });
  const freeSale = await platform.openSale({ item: { priceCents: 0 } });
  const paidBefore = await order(sale, 'paid-before');
  await pay(paidBefore);
  const paysAfter = await order(sale, 'pays-after');
  const cancelsAfter = await order(sale, 'cancels-after');
  const waits = await order(sale, 'waits');
  await platform.comesToRest();
  await run(/^pg_dump .*$/m);

  const free = await winOne(freeSale, 'free');
  await reaches(free, 'PAID');
  const keptPayment = await pay(paysAfter);
  await cancel(cancelsAfter);
  const paid = await order(sale, 'paid');
  await pay(paid);
  const late = await order(sale, 'late');
  const latePayment = await startPayment(late);
  await fallDue(platform.prisma, late.reservationId);
  await reaches(late, 'CANCELLED');
  await report(late, latePayment);
  await reaches(late, 'REFUNDED');
  const open = await order(sale, 'open');
  const openPayment = await startPayment(open);
  const cancelled = await order(sale, 'cancelled');
  await cancel(cancelled);
  const next = await order(sale, 'next');
  const beyondLimit = await platform.winAside(sale, 'next');
  await platform.publish([beyondLimit]);
  await reaches(beyondLimit, 'REJECTED');
  await platform.comesToRest();
  const events = await platform.eventCounts(sale);

  await platform.stopWorkers();
  const waiting = await winOne(sale, 'in-the-stream');
  expect(await platform.reserve(sale, ['too-late'])).toEqual([]);
  await platform.prisma.$disconnect();
  await run(/(?<=^ +)pg_restore .*$/m);
  await restart();
  expect(await platform.order(paid.reservationId)).toBeNull();
  // The restore took longer than the time to pay.
  await platform.prisma.order.updateMany({
    where: { status: 'PENDING_PAYMENT' },
    data: { payBy: new Date(Date.now() - 600_000) },
  });
  const [, statements = ''] = /```sql\n +(UPDATE orders SET pay_by [^`]*)```/.exec(page) ?? [];
  for (const statement of statements.trim().split(/;\s*/).slice(0, -1)) await platform.prisma.$executeRawUnsafe(statement);
  // Otherwise a worker that begins to listen brings back the same, before the command or beside it.
  const { state } = await (await jetstreamManager(platform.nc)).streams.info(STREAMS.orders.name);
  await platform.prisma.listenerPosition.updateMany({ data: { streamSeq: state.last_seq } });
  await platform.startWorker();
  await reaches(waiting, 'ORDERED');

  const { repairs, after } = await restore(sale);
  expect(repairs.filter(({ failed }) => failed)).toEqual([]);
  expect(repairs[0]).toMatchObject({ repair: 'restore', changed: 10 });
  expect(after.findings).toEqual([]);
  expect(after).toMatchObject({ holds: true, oversold: 0, lost: 0, duplicated: 0, stockLeft: 0 });

  const stateOf = async ({ reservationId }: StockReserved) => (await platform.order(reservationId))?.status;
  const wins = { paidBefore, paysAfter, cancelsAfter, waits, paid, late, open, cancelled, next, waiting, beyondLimit };
  const states = Object.entries(wins).map(async ([name, win]) => [name, await stateOf(win)] as const);
  expect(Object.fromEntries(await Promise.all(states))).toEqual({
    paidBefore: 'PAID',
    paysAfter: 'PAID',
    cancelsAfter: 'CANCELLED',
    waits: 'PENDING_PAYMENT',
    paid: 'PAID',
    late: 'REFUNDED',
    open: 'PENDING_PAYMENT',
    cancelled: 'CANCELLED',
    next: 'PENDING_PAYMENT',
    waiting: 'PENDING_PAYMENT',
    beyondLimit: undefined,
  });
  expect((await restore(freeSale)).after).toMatchObject({ holds: true, lost: 0 });
  expect(await platform.order(free.reservationId)).toMatchObject({ status: 'PAID', version: 1, settledAt: expect.any(Date) });
  const rejections = await platform.prisma.rejection.findMany({ where: { saleId: sale.saleId } });
  expect(rejections).toMatchObject([{ reservationId: beyondLimit.reservationId, reason: 'LIMIT_REACHED' }]);
  const payment = (id: string) => platform.prisma.payment.findUnique({ where: { id }, include: { refunds: true } });
  expect(await payment(keptPayment)).toMatchObject({ status: 'SUCCEEDED', refunds: [] });
  expect(await payment(latePayment)).toMatchObject({
    status: 'REFUNDED',
    refunds: [{ reason: 'order-cancelled', state: 'DONE' }],
  });
  // Consumers of the events hear of nothing twice.
  expect(await platform.eventCounts(sale)).toEqual({ ...events, created: (events.created ?? 0) + 1 });
  expect(await restore(sale)).toMatchObject({ repairs: [{ repair: 'restore', changed: 0 }], after: { holds: true } });

  // The provider's page of a lost payment is still open: its money waits for the operator, and takes effect.
  await report(open, openPayment);
  await eventually(async () => (await platform.deadLetters()).length === 1, 'a dead letter');
  await platform.comesToRest();
  expect((await restore(sale)).after.holds).toBe(true);
  await reaches(open, 'PAID');
  await platform.expectAuditHolds(sale);
});
