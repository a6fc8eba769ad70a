import { Random } from 'dev';
import { randomTests } from 'dev/test';
import { type AdminSale, newId, type StockReserved } from 'seckill-core';
import type { Order } from 'seckill-prisma';
import { expect, test } from 'vitest';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';
import { drawRace, firstLeads, nextLeads, OPPONENTS, type Race, type RacingOrder, runWave } from './races.ts';

const on = usePlatform();
const { seed, effort } = randomTests;
const RACES = 10_000 * effort;
/** More than a batch, so that several batches of payments and of cancels are in PostgreSQL at once. */
const WAVE = 400;
const ITEMS = 4;
/** A few seconds on an idle machine. */
const PATIENCE_MS = 120_000 * effort;

test(
  `${RACES} races between paying and cancelling: each order ends in one state, the money matches, and units return once`,
  async () => {
    const { platform } = on;
    const random = new Random(seed);
    await Promise.all([platform.startWorker(), platform.startWorker(), platform.startWorker()]);
    const sale = await platform.openSale({ stock: RACES / ITEMS, itemCount: ITEMS });
    const racing = await beginToPay(platform, await makeOrders(platform, sale));

    const races: Race[] = [];
    const told: string[] = [];
    let leads = firstLeads();
    for (let from = 0; from < RACES; from += WAVE) {
      const wave = racing.slice(from, from + WAVE).map((order) => drawRace(random, order, leads));
      told.push(...(await runWave(platform, wave, random)));
      leads = await nextLeads(platform, wave, leads);
      races.push(...wave);
    }

    const { prisma } = platform;
    const ended = { saleId: sale.saleId, status: { in: ['PAID', 'REFUNDED'] } } as const;
    const allEnded = async () =>
      (await prisma.order.count({ where: { ...ended, status: { in: [...ended.status.in] } } })) === RACES;
    await eventually(allEnded, `every order is PAID or REFUNDED (TEST_SEED=${seed})`, PATIENCE_MS);
    await eventually(
      async () => (await prisma.refund.count({ where: { state: { not: 'DONE' } } })) === 0,
      'all refunds are done',
      PATIENCE_MS,
    );

    const orders = await prisma.order.findMany({ where: { saleId: sale.saleId } });
    const statusOf = new Map(orders.map((order) => [order.id, order.status]));
    const paid = orders.filter((order) => order.status === 'PAID');
    const refunded = orders.filter((order) => order.status === 'REFUNDED');
    expectRealRaces(races, statusOf);

    await expectMoneyMatches(platform, paid, refunded);
    // An order whose buyer was told "cancelled" is cancelled.
    expect(told.filter((orderId) => statusOf.get(orderId) !== 'REFUNDED')).toEqual([]);

    await expectUnitsAreBack(platform, sale, paid);
    await expectOneEventEach(platform, sale, paid.length, refunded.length);
    await platform.expectAuditHolds(sale);
  },
  4 * PATIENCE_MS,
);

async function makeOrders(platform: Platform, sale: AdminSale): Promise<StockReserved[]> {
  const wins: StockReserved[] = [];
  for (const [item, { stock }] of sale.items.entries()) wins.push(...(await platform.reserve(sale, users(stock), { item })));
  expect(wins).toHaveLength(RACES);
  // They leave the outbox when their orders are created.
  await platform.store(wins);
  await eventually(
    async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === RACES,
    'the orders are made',
    PATIENCE_MS,
  );
  return wins;
}

/** Does the work of start-payment for all orders at once. */
async function beginToPay({ prisma }: Platform, wins: readonly StockReserved[]): Promise<RacingOrder[]> {
  const orders = wins.map(({ reservationId, userId }) => ({ orderId: reservationId, userId, paymentId: newId() }));
  const ids = orders.map(({ orderId }) => orderId);
  await prisma.$executeRaw`
    INSERT INTO payments (id, order_id, amount_cents, currency, created_at)
    SELECT begun.id, o.id, o.amount_cents, o.currency, clock_timestamp()
    FROM unnest(${orders.map(({ paymentId }) => paymentId)}::uuid[], ${ids}::uuid[]) AS begun (id, order_id)
    JOIN orders o ON o.id = begun.order_id`;
  return orders;
}

/** One payment of each order is kept or refunded. */
async function expectMoneyMatches(
  { prisma, provider }: Platform,
  paid: readonly Order[],
  refunded: readonly Order[],
): Promise<void> {
  const payments = await prisma.payment.findMany({ select: { id: true, orderId: true, status: true } });
  const those = (status: string) => payments.filter((payment) => payment.status === status);
  const idsOf = (orders: readonly Order[]) => orders.map((order) => order.id).toSorted();
  expect(
    those('SUCCEEDED')
      .map((payment) => payment.orderId)
      .toSorted(),
  ).toEqual(idsOf(paid));
  expect(
    those('REFUNDED')
      .map((payment) => payment.orderId)
      .toSorted(),
  ).toEqual(idsOf(refunded));
  const returned = new Set(provider.refunds.map(({ payment }) => payment.paymentId));
  expect([...returned].toSorted()).toEqual(
    those('REFUNDED')
      .map((payment) => payment.id)
      .toSorted(),
  );
}

/** In both books, units of paid orders are gone and all other units are back. */
async function expectUnitsAreBack(platform: Platform, sale: AdminSale, paid: readonly Order[]): Promise<void> {
  for (const [i, { itemId, stock }] of sale.items.entries()) {
    const sold = paid.filter((order) => order.itemId === itemId).length;
    expect(await platform.prisma.item.findUniqueOrThrow({ where: { id: itemId } })).toMatchObject({ sold });
    await eventually(async () => (await platform.left(sale, i)) === stock - sold, `the units of ${itemId} are back in Redis`);
  }
}

async function expectOneEventEach(platform: Platform, sale: AdminSale, paid: number, refunded: number): Promise<void> {
  const expected = { created: RACES, paid, cancelled: refunded, refunded };
  await expect.poll(() => platform.eventCounts(sale)).toEqual(expected);
}

/** If paying had always won, or the first request, the test would have tried nothing. */
function expectRealRaces(races: readonly Race[], statusOf: ReadonlyMap<string, string>): void {
  const count = (those: (race: Race, isPaid: boolean) => boolean): number =>
    races.filter((race) => those(race, statusOf.get(race.orderId) === 'PAID')).length;
  const paidFirst = (race: Race) => Math.min(...race.paysAt) < Math.min(...race.cancelsAt);
  const outcomes = OPPONENTS.map((opponent) => ({
    opponent,
    paid: count((race, isPaid) => race.opponent === opponent && isPaid),
    refunded: count((race, isPaid) => race.opponent === opponent && !isPaid),
    overtaken: count((race, isPaid) => race.opponent === opponent && paidFirst(race) !== isPaid),
  }));
  console.log(`${races.length} races, TEST_SEED=${seed}: ${JSON.stringify(outcomes)}`);
  for (const { paid, refunded, overtaken } of outcomes) {
    expect(paid).toBeGreaterThan(races.length / 100);
    expect(refunded).toBeGreaterThan(races.length / 100);
    expect(overtaken).toBeGreaterThan(races.length / 500);
  }
}
