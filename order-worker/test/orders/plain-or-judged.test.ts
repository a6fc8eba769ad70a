import { randomTests } from 'dev/test';
import fc from 'fast-check';
import { type AdminSale, itemIdOf as itemOfId, newReservationId, type StockReserved } from 'seckill-core';
import { expect, test } from 'vitest';
import { createOrders } from '../../src/index.ts';
import { loadStatement } from '../../src/servers/statement.ts';
import { itemIdOf, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const source = new URL('../../src/orders/', import.meta.url).href;
const [lock, judge] = ['lock-items', 'create-orders'].map((name) => loadStatement(source, name));

const ITEMS = [
  { title: 'limit 1', priceCents: 500, currency: 'EUR', stock: 12, limitPerUser: 1 },
  { title: 'limit 3', priceCents: 700, currency: 'JPY', stock: 30, limitPerUser: 3 },
  { title: 'free', priceCents: 0, currency: 'CNY', stock: 20, limitPerUser: 2 },
];
/** So few that users come again, and so few units that they run out. */
const USERS = 20;
const STORIES = 8 * randomTests.effort;

/** A reservation, or the redelivery of an earlier one: `again` picks it. */
const anyWin = fc.record({
  item: fc.nat({ max: ITEMS.length - 1 }),
  user: fc.nat({ max: USERS - 1 }),
  quantity: fc.constantFrom(1, 1, 1, 2, 3),
  again: fc.oneof({ arbitrary: fc.constant(undefined), weight: 8 }, { arbitrary: fc.nat(), weight: 1 }),
  foreign: fc.oneof({ arbitrary: fc.constant(false), weight: 60 }, { arbitrary: fc.constant(true), weight: 1 }),
});
const anyStep = fc.oneof(
  { arbitrary: fc.record({ wins: fc.array(anyWin, { minLength: 1, maxLength: 6 }) }), weight: 5 },
  { arbitrary: fc.record({ cancelled: fc.nat() }), weight: 1 },
);
const anyStory = fc.array(anyStep, { minLength: 4, maxLength: 14 });
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** Random stories may leave out an outcome. In this one a user wins twice at a limit of one, and all winners come again, also one of a free unit. */
const win = { item: 0, user: 0, quantity: 1 as const, again: undefined, foreign: false };
const everyOutcome: Step[] = [
  { wins: [win] },
  { wins: [win] },
  {
    wins: [
      { ...win, again: 0 },
      { ...win, again: 1 },
    ],
  },
  { wins: [{ ...win, item: 2 }] },
  { wins: [{ ...win, again: 2 }] },
];

/** The same story of two sales: one creates orders as the worker does, the other judges every batch. */
class Twins {
  readonly #sales: readonly [AdminSale, AdminSale];
  readonly #wins: [StockReserved, StockReserved][] = [];
  readonly outcomes: string[] = [];

  constructor(sales: [AdminSale, AdminSale]) {
    this.#sales = sales;
  }

  async take(step: Step): Promise<void> {
    if ('cancelled' in step) return this.#cancel(step.cancelled);
    const batch = [...new Set(step.wins.map((win) => this.#pair(win)))];
    const created = await createOrders(
      on.platform.prisma,
      batch.map(([win]) => win),
    );
    const judged = await judgeAll(batch.map(([, twin]) => twin));
    const [left, right] = [
      batch.map(([win]) => outcome(created.get(win.reservationId))),
      batch.map(([, twin]) => outcome(judged.get(twin.reservationId))),
    ];
    expect(left).toEqual(right);
    this.outcomes.push(...left.map((each) => `${each?.status} ${each?.fresh}`));
    expect(await booksOf(this.#sales[0])).toEqual(await booksOf(this.#sales[1]));
  }

  #pair({
    item,
    user,
    quantity,
    again,
    foreign,
  }: Extract<Step, { wins: unknown }>['wins'][number]): [StockReserved, StockReserved] {
    const earlier = again === undefined ? undefined : this.#wins[again % Math.max(1, this.#wins.length)];
    if (earlier !== undefined) return earlier;
    const [first, second] = this.#sales;
    const of = (sale: AdminSale, other: AdminSale): StockReserved => {
      const itemId = itemIdOf(sale, item);
      const { saleId } = foreign ? other : sale;
      return {
        reservationId: newReservationId(itemId),
        saleId,
        itemId,
        userId: `user-${user}`,
        quantity,
        reservedAt: Date.now(),
      };
    };
    const pair: [StockReserved, StockReserved] = [of(first, second), of(second, first)];
    this.#wins.push(pair);
    return pair;
  }

  async #cancel(which: number): Promise<void> {
    for (const { reservationId } of this.#wins[which % Math.max(1, this.#wins.length)] ?? [])
      await on.platform.prisma.$queryRaw`SELECT cancel_orders(ARRAY[${reservationId}]::uuid[], 'buyer')`;
  }
}

async function judgeAll(batch: readonly StockReserved[]): Promise<Map<string, Record<string, unknown>>> {
  const rows = await on.platform.prisma.$queryRawUnsafe<{ row: Record<string, unknown> }[]>(
    'SELECT lock_then_run($1, $2, $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::int[], $8::float8[]) AS row',
    lock,
    judge,
    batch.map((win) => win.reservationId),
    batch.map((win) => itemOfId(win.reservationId)),
    batch.map((win) => win.saleId),
    batch.map((win) => win.userId),
    batch.map((win) => win.quantity),
    batch.map((win) => win.reservedAt),
  );
  return new Map(rows.map(({ row }) => [String(row['reservationId']), row]));
}

const outcome = (found: object | undefined) => {
  if (found === undefined) return undefined;
  const { status, version, fresh, reason, amountCents, currency, payBy, createdAt, settledAt, payTimeoutSeconds } =
    found as Record<string, unknown>;
  const toPay = payBy === 0 ? 0 : Number(payBy) - Number(createdAt);
  const settledAfter = settledAt === 0 ? 'never' : status === 'PAID' && Number(settledAt) - Number(createdAt);
  return { status, version, settledAfter, fresh, reason: reason ?? undefined, amountCents, currency, toPay, payTimeoutSeconds };
};

/** Units sold, and the counted orders, of each item. */
const booksOf = ({ saleId }: AdminSale) => on.platform.prisma.$queryRaw<unknown[]>`
  SELECT i.position, i.sold, c.status, sum(c.orders)::int AS orders
  FROM items i LEFT JOIN order_counts c ON c.item_id = i.id
  WHERE i.sale_id = ${saleId}::uuid
  GROUP BY i.id, c.status HAVING coalesce(sum(c.orders), 1) <> 0 ORDER BY i.position, c.status`;

test('a batch ends as if each of its reservations had been judged, whether it is plain or not', {
  timeout: 120_000,
}, async () => {
  const { platform } = on;
  await platform.startWorker();
  const outcomes: string[] = [];
  const parameters = {
    numRuns: STORIES,
    seed: randomTests.seed,
    endOnFailure: !randomTests.shrinks,
    examples: [[everyOutcome] as [Step[]]],
  };
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const draft = { items: ITEMS, payTimeoutSeconds: 600 };
      const twins = new Twins([await platform.createSale(draft), await platform.createSale(draft)]);
      for (const step of story) await twins.take(step);
      outcomes.push(...twins.outcomes);
    }),
    parameters,
  );
  const met = ['PENDING_PAYMENT true', 'REJECTED true', 'PENDING_PAYMENT false', 'REJECTED false', 'PAID true', 'PAID false'];
  expect([...new Set(outcomes)]).toEqual(expect.arrayContaining(met));
});
