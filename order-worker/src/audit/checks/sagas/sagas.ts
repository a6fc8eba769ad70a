import { jetstreamManager } from '@nats-io/jetstream';
import { orderEvent, STREAMS } from 'seckill-core';
import { insertSagas } from '../../../sagas/saga-listener.ts';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { type Drift, driftOfEach } from '../drift.ts';

const faultsStatement = loadStatement(import.meta.url, 'saga-faults');

type Fault = 'missing' | 'refunded' | 'no-points' | 'no-coupon' | 'points-left' | 'coupon-left' | 'not-refunded' | 'balance';

interface Row {
  orderId: string;
  userId: string;
  fault: Fault;
}

/** What follows from events that the listener has not read yet. */
const BY_EVENTS: ReadonlySet<Fault> = new Set(['missing', 'refunded']);

const SAYS: Readonly<Record<Fault, (row: Row) => string>> = {
  missing: ({ orderId }) => `Order ${orderId} was paid since the sagas were switched on, and has no saga.`,
  refunded: ({ orderId }) => `Order ${orderId} is REFUNDED, and its saga is COMPLETED.`,
  'no-points': ({ orderId }) => `The saga of order ${orderId} awarded points, and the ledger has none.`,
  'no-coupon': ({ orderId }) => `The saga of order ${orderId} issued a coupon, and the books have none.`,
  'points-left': ({ orderId }) => `The saga of order ${orderId} took the points back, and the ledger still has them.`,
  'coupon-left': ({ orderId }) => `The saga of order ${orderId} revoked the coupon, and it can still be used.`,
  'not-refunded': ({ orderId }) => `The saga of order ${orderId} is COMPENSATED, and the order is PAID.`,
  balance: ({ userId, orderId }) => `The points of user ${userId}, who has order ${orderId}, are not the sum of the entries.`,
};

const ADVICE =
  'Open the order in the console: it has each step. Turn the saga back, or correct the points and coupons by hand. docs/sagas.md says how.';

type Found = Finding & { faults: Row[] };

/** The sagas against the orders, the points and the coupons. The warehouse has its own books. */
export const sagas: Check<Found> = {
  key: 'sagas',
  name: 'Every paid order has its saga, and ended sagas agree with points, coupons and money',
  form: 'full',
  appliesTo: ({ hasSagas }) => hasSagas === true,
  inspect: async (context) => {
    const behind = await isBehind(context);
    const rows = await context.prisma.$queryRawUnsafe<Row[]>(faultsStatement, context.sale.id);
    const faults = !behind ? rows : rows.filter(({ fault }) => !BY_EVENTS.has(fault));
    const detail = `${faults.length} do not${behind ? '; the sagas have still to read the newest events' : ''}`;
    return { holds: faults.length === 0, detail, faults };
  },
  explain: (context, { faults }) =>
    [...new Set(faults.map(({ fault }) => fault))].flatMap((fault) =>
      explain(
        context,
        fault,
        faults.filter((row) => row.fault === fault),
      ),
    ),
};

function explain({ prisma }: AuditContext, fault: Fault, rows: readonly Row[]): Drift[] {
  const begin = (ids: readonly string[]) => ({
    kind: 'begin-sagas',
    writes: 'postgres' as const,
    does: 'begins the saga of the order.',
    apply: () => insertSagas(prisma, 'after-paid', 'payment', ids),
  });
  return driftOfEach(rows, {
    id: ({ orderId }) => orderId,
    says: SAYS[fault],
    more: `More orders of this kind (${fault})`,
    ...(fault === 'missing' ? { repair: begin } : { advice: ADVICE }),
  });
}

/** Whether the listener has yet to read events of orders. The position first: it can only be older. */
async function isBehind({ nc, prisma }: AuditContext): Promise<boolean> {
  const position = await prisma.listenerPosition.findUnique({ where: { listener: 'sagas' } });
  const { streams } = await jetstreamManager(nc);
  const last = await streams.getMessage(STREAMS.orders.name, { last_by_subj: orderEvent.subjects });
  return position !== null && last !== null && Number(position.streamSeq) < last.seq;
}
