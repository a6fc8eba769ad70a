import { jetstreamManager } from '@nats-io/jetstream';
import { calls, decodeOrderEvents, newId, orderEvent } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, expect, test } from 'vitest';
import { correctCounts } from '../../src/audit/checks/counts/correct-counts.ts';
import { auditSale, repairSale } from '../../src/index.ts';
import { countOrders } from '../../src/reports/count-orders.ts';
import { eventually, itemIdOf, type Platform, usePlatform } from '../support/platform.ts';
import { aSaleAtRest, contextOf, everythingOf, findingsOf, repair, statisticsSay } from './books.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const money = { amountCents: 1_000, currency: 'EUR' };

const saysOf = (findings: readonly { says: string }[]): string => findings.map(({ says }) => says).join('\n');

async function payment(orderId: string, status: 'CREATED' | 'SUCCEEDED' | 'REFUNDED'): Promise<string> {
  const id = newId();
  const createdAt = new Date(Date.now() - 60_000);
  await platform.prisma.payment.create({ data: { id, orderId, amountCents: 1_000n, currency: 'EUR', status, createdAt } });
  return id;
}

const paymentOf = (id: string) => platform.prisma.payment.findUniqueOrThrow({ where: { id }, include: { refunds: true } });

async function cancelInPostgres(id: string, itemId: string): Promise<void> {
  await platform.prisma.order.update({
    where: { id },
    data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date(Date.now() - 60_000) },
  });
  await platform.prisma.item.update({ where: { id: itemId }, data: { sold: { decrement: 1 } } });
}

test('money that was received and then forgotten pays its order or is refunded, and the order changes everywhere', {
  timeout: 180_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 5);
  const [waits = '', cancelled = '', reported = '', refunded = '', untouched = ''] = ids;
  const received = await payment(waits, 'SUCCEEDED');
  platform.provider.pay({ paymentId: received, ...money });
  await cancelInPostgres(cancelled, itemIdOf(sale));
  const late = await payment(cancelled, 'SUCCEEDED');
  platform.provider.pay({ paymentId: late, ...money });
  const open = await payment(untouched, 'CREATED');
  const handled = await payment(reported, 'CREATED');
  await platform.reportPaid(reported, handled);
  await eventually(async () => (await paymentOf(handled)).status === 'SUCCEEDED', 'paid');
  await eventually(async () => (await platform.statusInRedis(reported)) === 'PAID', 'PAID in Redis');
  await platform.comesToRest();
  // PostgreSQL forgets it: the order and its payment are open again. The event `paid` is stored, so Redis is not simply wrong.
  await platform.prisma.payment.update({ where: { id: handled }, data: { status: 'CREATED', receivedAt: null } });
  await platform.prisma.order.update({ where: { id: reported }, data: { status: 'PENDING_PAYMENT', settledAt: null } });
  await cancelInPostgres(refunded, itemIdOf(sale));
  const kept = await payment(refunded, 'CREATED');
  await platform.reportPaid(refunded, kept);
  await eventually(async () => (await paymentOf(kept)).refunds.length === 1, 'refunded');
  await eventually(() => platform.provider.refunds.length === 1, 'sent');
  // The refund is sent while the order's events are published: both must be over before states can be compared.
  await eventually(async () => (await platform.statusInRedis(refunded)) === 'REFUNDED', 'REFUNDED in Redis');
  await statisticsSay(platform, sale, { paid: 1, cancelled: 1, refunded: 1 });
  // A report counts once it is acknowledged, and a redelivery would be handled again.
  await platform.comesToRest();
  await platform.prisma.refund.delete({ where: { id: kept } });

  const before = await everythingOf(platform, sale);
  const said = saysOf(await findingsOf(platform, sale));
  expect(await everythingOf(platform, sale)).toEqual(before);
  expect(said).toContain(`Payment ${received} was received and order ${waits} is PENDING_PAYMENT`);
  expect(said).toContain(`Payment ${late} was received and order ${cancelled} is CANCELLED`);
  expect(said).toContain(
    `evt_${handled} says that payment ${handled} of order ${reported} was paid, and PostgreSQL has it open.`,
  );
  expect(said).toContain(`Payment ${kept} of order ${refunded} is REFUNDED, and there is no refund to send.`);
  expect(said).not.toContain(open);

  const { after, repairs } = await repair(platform, sale);
  expect(repairs.filter(({ failed }) => failed)).toEqual([]);
  expect(after.findings).toEqual([]);
  expect(after.holds).toBe(true);
  await eventually(async () => (await platform.statusInRedis(cancelled)) === 'REFUNDED', 'the money went back');
  const states = await Promise.all(ids.map(async (id) => (await platform.order(id))?.status));
  expect(states).toEqual(['PAID', 'REFUNDED', 'PAID', 'REFUNDED', 'PENDING_PAYMENT']);
  expect(await Promise.all([waits, cancelled, reported].map((id) => platform.statusInRedis(id)))).toEqual([
    'PAID',
    'REFUNDED',
    'PAID',
  ]);
  await eventually(() => platform.provider.refunds.length === 3, 'both refunds sent');
  expect(platform.provider.refunds.map(({ payment }) => payment.paymentId).toSorted()).toEqual([late, kept, kept].toSorted());
  expect(await repair(platform, sale)).toMatchObject({ repairs: [], after: { holds: true } });
});

test('events of refunds are compared with the refunds: a missing one is published, and one whose refund is lost is found', {
  timeout: 120_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 1);
  const [orderId = ''] = ids;
  const paymentId = await payment(orderId, 'CREATED');
  platform.provider.pay({ paymentId, ...money });
  await platform.reportPaid(orderId, paymentId);
  await eventually(async () => (await platform.statusInRedis(orderId)) === 'PAID', 'PAID in Redis');
  const wish = { orderId, amountCents: 300, reason: 'It arrived broken.', returnUnits: true, requestId: newId() };
  await platform.call(calls.refundOrder, wish);
  await eventually(async () => (await platform.eventCounts(sale))['partly-refunded'] === 1, 'its event');
  await platform.comesToRest();
  await platform.expectAuditHolds(sale);

  // Its worker died before it published the event.
  const minuteAgo = new Date(Date.now() - 60_000);
  const refused = { state: 'REFUSED', refusedReason: 'Too late.', refusedAt: minuteAgo, refusedVersion: 3 } as const;
  const lost = {
    id: newId(),
    paymentId,
    orderId,
    amountCents: 200n,
    currency: 'EUR',
    reason: 'operator',
    requestedBy: 'operator',
  };
  await platform.prisma.refund.create({ data: { ...lost, ...refused, createdAt: minuteAgo } });
  expect(saysOf(await findingsOf(platform, sale))).toBe(
    `Refund ${lost.id} of order ${orderId} has done what a refund-refused event reports, and none in SECKILL_ORDERS does.`,
  );
  expect((await repair(platform, sale)).after).toMatchObject({ holds: true });
  expect(await platform.eventCounts(sale)).toMatchObject({ 'partly-refunded': 1, 'refund-refused': 1 });
  await platform.expectAuditHolds(sale);

  await platform.prisma.refund.delete({ where: { id: lost.id } });
  expect(saysOf(await findingsOf(platform, sale))).toBe(
    `A refund-refused event names refund ${lost.id} of order ${orderId}, and PostgreSQL does not know of it.`,
  );
});

test('events that were deleted are stored again under their ids, and the statistics are recounted', {
  timeout: 240_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 4);
  const { streams } = await jetstreamManager(platform.nc);
  const subject = orderEvent.subject({ event: 'created', saleId: sale.saleId });
  const first = await streams.getMessage('SECKILL_ORDERS', { last_by_subj: subject });
  await streams.deleteMessage('SECKILL_ORDERS', first?.seq ?? 0, false);
  const [{ orderId = '' } = {}] = first === null ? [] : decodeOrderEvents(first.data).events;
  await platform.prisma.saleStatistics.update({ where: { saleId: sale.saleId }, data: { created: 7n, paid: 2n } });

  const said = saysOf(await findingsOf(platform, sale));
  expect(ids).toContain(orderId);
  expect(said).toContain(`${orderId} was created in PostgreSQL, and no event in SECKILL_ORDERS says so.`);
  expect(said).toContain('The statistics say 7 created, 2 paid');

  // JetStream remembers the id of a deleted message for two minutes and drops its duplicate. With a shorter window it is stored again.
  const { config } = await streams.info('SECKILL_ORDERS');
  await streams.update('SECKILL_ORDERS', { ...config, duplicate_window: 100_000_000 });
  await eventually(async () => (await repair(platform, sale)).after.holds, 'the audit holds', 90_000);
  await streams.update('SECKILL_ORDERS', config);
  expect(await platform.eventCounts(sale)).toEqual({ created: 4 });
  await statisticsSay(platform, sale, { created: 4 });
  const counted = await platform.prisma.saleStatistics.findUniqueOrThrow({ where: { saleId: sale.saleId } });
  expect(counted).toMatchObject({ created: 4n, paid: 0n });
  expect(await repair(platform, sale)).toMatchObject({ repairs: [], after: { holds: true } });
  // The listener continues from its position.
  await platform.win(sale, ['next']);
  await statisticsSay(platform, sale, { created: 5 });
});

test('counts of orders that differ from the rows are corrected once, by two repairs at once too', {
  timeout: 120_000,
}, async () => {
  const { sale } = await aSaleAtRest(platform, 3);
  const itemId = itemIdOf(sale);
  await platform.stopWorkers();
  await platform.prisma.orderCount.updateMany({ where: { itemId }, data: { orders: 40n } });
  await platform.prisma.orderCount.create({ data: { itemId, status: 'PAID', part: 9, orders: 2n } });
  const context = contextOf(platform);
  await context.clock.read();

  const { report } = await auditSale(context, sale.saleId, { light: true });
  const [{ counted = 0 } = {}] = await platform.prisma.$queryRaw<{ counted: number }[]>`
    SELECT sum(orders)::int AS counted FROM order_counts WHERE item_id = ${itemId} AND status = 'PENDING_PAYMENT'`;
  expect(saysOf(report.findings ?? [])).toBe(
    `Item ${itemId} (An item) counts ${counted} PENDING_PAYMENT and has 3, 2 PAID and has 0.`,
  );
  await Promise.all([correctCounts(platform.prisma, itemId), correctCounts(platform.prisma, itemId)]);
  expect((await countOrders(platform.prisma, [sale.saleId])).get(sale.saleId)).toMatchObject({ pendingPayment: 3, paid: 0 });
  expect(await correctCounts(platform.prisma, itemId)).toEqual([]);

  await platform.prisma.orderCount.updateMany({ where: { itemId, part: 9 }, data: { orders: 7n } });
  const { repairs, after } = await repairSale(context, sale.saleId);
  expect(repairs.map(({ repair, changed }) => `${repair} ${changed}`)).toEqual(['counts 1']);
  expect(after.holds).toBe(true);
});

test('without a worker, the repair cancels overdue orders, corrects the sold column, and publishes what is stuck in the outbox', {
  timeout: 120_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 3);
  const itemId = itemIdOf(sale);
  await platform.stopWorkers();
  const [overdue = ''] = ids;
  await platform.prisma.order.update({ where: { id: overdue }, data: { payBy: new Date(Date.now() - 60_000) } });
  await platform.prisma.item.update({ where: { id: itemId }, data: { sold: 0 } });
  const [stuck] = await platform.reserve(sale, ['stuck']);
  await platform.redis.zadd(itemKeys(itemId).outbox, Date.now() - 60_000, stuck?.reservationId ?? '');

  const context = contextOf(platform);
  await context.clock.read();
  const before = await everythingOf(platform, sale);
  const { report } = await auditSale(context, sale.saleId);
  expect(await everythingOf(platform, sale)).toEqual(before);
  const said = saysOf(report.findings ?? []);
  expect(said).toMatch(new RegExp(`Order ${overdue} was due at .* and is still unpaid`));
  expect(said).toContain(`Item ${itemId} (An item) says sold 0, and its live orders hold 3 units.`);
  expect(said).toContain(`${stuck?.reservationId} has waited in the outbox for more than 20 s.`);

  const { repairs } = await repairSale(context, sale.saleId);
  expect(repairs.map(({ repair, changed }) => `${repair} ${changed}`)).toEqual(['sold 1', 'overdue 1', 'relay 1']);
  expect(await platform.prisma.item.findUniqueOrThrow({ where: { id: itemId } })).toMatchObject({ sold: 2 });
  expect(await platform.order(overdue)).toMatchObject({ status: 'CANCELLED', reason: 'unpaid' });
  await platform.startWorker();
  await eventually(async () => (await platform.order(stuck?.reservationId ?? '')) !== null, 'the order of what was stuck');
  await statisticsSay(platform, sale, { created: 4, cancelled: 1 });
  await platform.expectAuditHolds(sale);
});
