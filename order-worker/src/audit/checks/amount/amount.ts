import { sayMoney } from 'seckill-core';
import { loadStatement } from '../../../servers/statement.ts';
import { sum } from '../../evidence/books.ts';
import type { Check } from '../check.ts';
import { driftOfEach } from '../drift.ts';

const wrongAmounts = loadStatement(import.meta.url, 'wrong-amounts');

interface Row {
  orderId: string;
  amountCents: bigint;
  currency: string;
  dueCents: bigint;
  dueCurrency: string;
}

export const amount: Check = {
  key: 'amount',
  name: "Every order's amount is its quantity times the price of its item",
  inspect: async ({ books }) => {
    const count = sum(await books.read(), (item) => item.wrongAmount);
    return { holds: count === 0, detail: `${count} orders with another amount` };
  },
  explain: async ({ prisma, sale }) =>
    driftOfEach(await prisma.$queryRawUnsafe<Row[]>(wrongAmounts, sale.id), {
      id: ({ orderId }) => orderId,
      says: ({ orderId, ...row }) =>
        `Order ${orderId} costs ${sayMoney(row.amountCents, row.currency)}, and its quantity times the price of its item is ${sayMoney(row.dueCents, row.dueCurrency)}.`,
      more: 'More orders with another amount',
      advice: 'The order was changed, or the price after the order was made. The buyer saw the amount of the order.',
    }),
};
