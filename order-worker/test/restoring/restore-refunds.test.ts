import { type AdminSale, calls, newId, paymentReceived, send } from 'seckill-core';
import { expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform } from '../support/platform.ts';
import { RecordingProvider } from '../support/recording-provider.ts';

const on = usePlatform();
let platform: Platform;

const show = (orderId: string) => platform.call(calls.adminOrder, { orderId });
const inRedis = (orderId: string, status: string) =>
  eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);

async function aPaidOrder(sale: AdminSale, userId: string): Promise<string> {
  const [win] = await platform.win(sale, [userId]);
  const orderId = win?.reservationId ?? '';
  await inRedis(orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
  await platform.reportPaid(orderId, paymentId);
  await inRedis(orderId, 'PAID');
  return orderId;
}

/** Resolves to the refund's id once its provider has ended it. */
async function refund(orderId: string, end: 'done' | 'refused', wish: object): Promise<string> {
  platform.provider.standing = () => (end === 'done' ? { state: 'done' } : { state: 'refused', reason: 'The card was closed.' });
  await platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: true, requestId: newId(), ...wish });
  return ended(orderId);
}

async function ended(orderId: string): Promise<string> {
  const last = async () => (await show(orderId)).refunds.at(-1);
  await eventually(async () => ['DONE', 'REFUSED'].includes((await last())?.state ?? ''), 'its end');
  return (await last())?.refundId ?? '';
}

const booksOf = async (orderId: string) => {
  const { status, refundableCents, refunds } = await show(orderId);
  const kept = ({ state, amountCents, reason, returnUnits, retriedBy, settledBy, settledNote }: (typeof refunds)[number]) => ({
    ...{ state, amountCents, reason, returnUnits, retriedBy, settledBy, settledNote },
  });
  return { status, refundableCents, refunds: refunds.map((each) => [each.refundId, kept(each)]).toSorted() };
};

test('refunds that PostgreSQL has lost come back with what operators decided: the units, what was tried again, and what was settled outside', {
  timeout: 120_000,
}, async () => {
  ({ platform } = on);
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 10, payTimeoutSeconds: 600 });
  const buyers = ['parts', 'again', 'outside', 'refused', 'shrinks'];
  const orders: string[] = [];
  for (const buyer of buyers) orders.push(await aPaidOrder(sale, buyer));
  const [parts = '', again = '', outside = '', refused = '', shrinks = ''] = orders;
  const before = await platform.prisma.order.findMany({ where: { id: { in: orders } } });

  await refund(parts, 'done', { amountCents: 300 });
  await refund(parts, 'done', { amountCents: 700, returnUnits: false });
  await inRedis(parts, 'REFUNDED');
  const refundId = await refund(again, 'refused', {});
  platform.provider.standing = () => ({ state: 'done' });
  await platform.call(calls.retryRefund, { orderId: again, refundId });
  await inRedis(again, 'REFUNDED');
  const settled = { orderId: outside, refundId: await refund(outside, 'refused', {}), note: 'IBAN transfer 17' };
  await platform.call(calls.settleRefund, settled);
  await inRedis(outside, 'REFUNDED');
  await refund(refused, 'refused', { amountCents: 200 });
  await refund(shrinks, 'done', { returnUnits: false });
  await inRedis(shrinks, 'REFUNDED');
  await platform.comesToRest();
  await platform.expectAuditHolds(sale);
  const booksOfAll = () => Promise.all(orders.map(booksOf));
  const books = await booksOfAll();
  const itemId = itemIdOf(sale);
  const item = await platform.prisma.item.findUniqueOrThrow({ where: { id: itemId } });
  expect(item).toMatchObject({ stock: 9, sold: 1 });

  // An older copy of PostgreSQL.
  await platform.prisma.refund.deleteMany({ where: { orderId: { in: orders } } });
  await platform.prisma.payment.updateMany({ where: { orderId: { in: orders } }, data: { status: 'SUCCEEDED' } });
  for (const { id, version } of before) {
    await platform.prisma.order.update({ where: { id }, data: { status: 'PAID', version, refundedAt: null } });
  }
  await platform.prisma.item.update({ where: { id: itemId }, data: { stock: 10, sold: 5 } });
  const events = await platform.eventCounts(sale);
  const { after } = await platform.run('repair', sale, { restored: true });
  expect(after.findings).toEqual([]);
  expect(await booksOfAll()).toEqual(books);
  expect(await platform.prisma.item.findUniqueOrThrow({ where: { id: itemId } })).toMatchObject({ stock: 9, sold: 1 });
  expect(await platform.eventCounts(sale)).toEqual(events);
  await platform.expectAuditHolds(sale);
});

test('a payment that PostgreSQL has lost comes back with its provider, and no other one speaks for it', {
  timeout: 120_000,
}, async () => {
  ({ platform } = on);
  const stripe = new RecordingProvider('stripe');
  await platform.startWorker({ providers: [platform.provider, stripe] });
  const sale = await platform.openSale({ stock: 1, payTimeoutSeconds: 600 });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await inRedis(orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'buyer', orderId, provider: 'stripe' });
  const money = { amountCents: 1_000, currency: 'EUR' };
  stripe.pay({ paymentId, ...money });
  await platform.reportPaid(orderId, paymentId, { provider: 'stripe' });
  await inRedis(orderId, 'PAID');
  const strange = {
    eventId: newId(),
    provider: 'http',
    type: 'refund.done',
    paymentId,
    orderId,
    refundId: newId(),
    ...money,
  } as const;
  await send(platform.publisher, paymentReceived, strange);
  await platform.comesToRest();

  await platform.prisma.payment.delete({ where: { id: paymentId } });
  await platform.prisma.order.update({
    where: { id: orderId },
    data: { status: 'PENDING_PAYMENT', version: 0, settledAt: null, paying: false },
  });
  const { after } = await platform.run('repair', sale, { restored: true });
  expect(after.findings).toEqual([]);
  expect(await show(orderId)).toMatchObject({
    status: 'PAID',
    payments: [{ paymentId, provider: 'stripe', status: 'SUCCEEDED' }],
    refunds: [],
  });
});
