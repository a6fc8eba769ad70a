import { loadStatement } from '../../../servers/statement.ts';
import type { Check, Finding } from '../check.ts';
import { driftOfEach } from '../drift.ts';

const lostInTime = loadStatement(import.meta.url, 'lost-in-time');

interface Row {
  orderId: string;
  paymentId: string;
  provider: string;
  paidAt: Date;
  payBy: Date;
  cancelledAt: Date;
}

type Found = Finding & { orders: Row[] };

export const paidInTime: Check<Found> = {
  key: 'paid-in-time',
  name: 'No buyer who paid before payBy lost the unit',
  inspect: async ({ prisma, sale }) => {
    const orders = await prisma.$queryRawUnsafe<Row[]>(lostInTime, sale.id);
    return { holds: orders.length === 0, detail: `${orders.length} paid in time and cancelled`, orders };
  },
  explain: (_, { orders }) =>
    driftOfEach(orders, {
      id: ({ orderId }) => orderId,
      says: ({ orderId, paymentId, provider, paidAt, payBy, cancelledAt }) =>
        `Order ${orderId} was cancelled as unpaid at ${cancelledAt.toISOString()}. ${provider} says that payment ${paymentId} was paid at ` +
        `${paidAt.toISOString()}, before its payBy, ${payBy.toISOString()}.`,
      more: 'More orders that were paid in time and cancelled',
      advice:
        'A cancel cannot be undone: its unit may be sold again. Tell the buyer. The log of the workers says what the provider answered when its ' +
        'checkout was closed, or that it was away for a day.',
    }),
};
