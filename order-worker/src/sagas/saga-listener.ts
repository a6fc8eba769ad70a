import type { OrderEventName } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import type { OrderListener } from '../listeners/runner/order-listener.ts';
import type { StoredEvents } from '../listeners/runner/stored-events.ts';
import { loadStatement } from '../servers/statement.ts';
import type { Saga } from './saga.ts';

const insertStatement = loadStatement(import.meta.url, 'insert-sagas');
const turnBackStatement = loadStatement(import.meta.url, 'turn-back');

/** Begins a saga for each paid order, and turns those back whose orders were refunded. Paid orders of the time before it was switched on get none. */
export const sagaListener = (saga: Saga): OrderListener => ({
  name: 'sagas',
  begins: 'newest',
  async apply(tx, messages) {
    const paid = ordersOf(messages, 'paid');
    const first = saga.steps.find(({ isOn }) => isOn);
    if (paid.length > 0 && first !== undefined) await insertSagas(tx, saga.name, first.name, paid);
    const refunded = ordersOf(messages, 'refunded');
    if (refunded.length > 0) await turnBack(tx, saga, refunded, 'All money of the order has gone back.');
  },
});

/** Begins the sagas of orders that have none. Returns the ids of these orders. */
export async function insertSagas(
  tx: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  saga: string,
  firstStep: string,
  orderIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.$queryRawUnsafe<{ orderId: string }[]>(insertStatement, saga, firstStep, orderIds);
  return rows.map(({ orderId }) => orderId);
}

/** In one order, so that two transactions lock the same rows in the same order. */
const ordersOf = (messages: readonly StoredEvents[], name: OrderEventName): string[] =>
  messages
    .filter(({ of }) => of?.event === name)
    .flatMap(({ events }) => events.map(({ orderId }) => orderId))
    .sort();

/** Lets the sagas of orders undo what they did. Those that have done so stay as they are. */
export async function turnBack(
  tx: Pick<Prisma.TransactionClient, '$executeRawUnsafe'>,
  { name, steps }: Saga,
  orderIds: readonly string[],
  why: string,
): Promise<void> {
  const on = steps.filter(({ isOn }) => isOn).map((step) => step.name);
  await tx.$executeRawUnsafe(turnBackStatement, name, on, orderIds, why);
}
