import { type AdminOrder, Problem } from 'seckill-core';
import type { Order as OrderRow, Payment, Prisma, PrismaClient, Refund } from 'seckill-prisma';
import { refundableCents } from '../payments/refunds/refundable.ts';
import { readSaga } from '../sagas/saga-view.ts';
import { ONE_SNAPSHOT, orderView } from './order-view.ts';

/** Returns an order with its payments, refunds and history, all of the same moment. Throws NOT_FOUND. */
export function adminOrder(prisma: PrismaClient, orderId: string): Promise<AdminOrder> {
  return prisma.$transaction((tx) => readOrder(tx, orderId), ONE_SNAPSHOT);
}

async function readOrder(prisma: Prisma.TransactionClient, orderId: string): Promise<AdminOrder> {
  const order = await prisma.order.findUnique({ where: { id: orderId } });
  if (order === null) throw new Problem('NOT_FOUND', `There is no order ${orderId}.`);
  const inOrder = { where: { orderId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] } as const;
  const [item, payments, refunds, { saga, timeline: ofSaga }] = await Promise.all([
    prisma.item.findUnique({ where: { id: order.itemId }, select: { title: true } }),
    prisma.payment.findMany({ ...inOrder, orderBy: [...inOrder.orderBy] }),
    prisma.refund.findMany({ ...inOrder, orderBy: [...inOrder.orderBy] }),
    readSaga(prisma, orderId),
  ]);
  return {
    ...orderView(order, item?.title ?? '', []),
    userId: order.userId,
    reservedAt: order.reservedAt.toISOString(),
    payments: payments.map(paymentView),
    refunds: refunds.map(refundView),
    refundableCents: order.status === 'PAID' ? refundableCents(payments, refunds) : 0,
    timeline: inOrderOfTime([...timelineOf(order, payments, refunds), ...ofSaga]),
    ...(saga === undefined ? {} : { saga }),
  };
}

/** Without the fields that are null or undefined. */
function known<Fields extends object>(fields: Fields): { [Field in keyof Fields]?: NonNullable<Fields[Field]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as never;
}

const iso = (time: Date | null): string | undefined => time?.toISOString();

const paymentView = (payment: Payment): AdminOrder['payments'][number] => ({
  paymentId: payment.id,
  provider: payment.provider,
  status: payment.status,
  amountCents: Number(payment.amountCents),
  currency: payment.currency,
  createdAt: payment.createdAt.toISOString(),
  ...known({
    providerRef: payment.providerRef,
    paidAt: iso(payment.paidAt),
    receivedAt: iso(payment.receivedAt),
    closedAt: iso(payment.closedAt),
  }),
});

const refundView = (refund: Refund): AdminOrder['refunds'][number] => ({
  refundId: refund.id,
  paymentId: refund.paymentId,
  state: refund.state,
  amountCents: Number(refund.amountCents),
  currency: refund.currency,
  reason: refund.reason as AdminOrder['refunds'][number]['reason'],
  returnUnits: refund.returnsUnits,
  attempts: refund.attempts,
  createdAt: refund.createdAt.toISOString(),
  ...known({
    note: refund.note,
    requestedBy: refund.requestedBy,
    sentAt: iso(refund.sentAt),
    nextTryAt: refund.state === 'DONE' || refund.state === 'REFUSED' ? undefined : iso(refund.nextTryAt),
    doneAt: iso(refund.doneAt),
    refusedAt: iso(refund.refusedAt),
    refusedReason: refund.refusedReason,
    retriedBy: refund.retriedBy,
    settledBy: refund.settledBy,
    settledNote: refund.settledNote,
  }),
});

type Entry = AdminOrder['timeline'][number];

function timelineOf(order: OrderRow, payments: readonly Payment[], refunds: readonly Refund[]): Entry[] {
  const entry = (what: Entry['what'], at: Date | null, id?: string): Entry[] =>
    at === null ? [] : [{ at: at.toISOString(), what, ...(id === undefined ? {} : { id }) }];
  return [
    ...entry('reserved', order.reservedAt),
    ...entry('created', order.createdAt),
    ...payments.flatMap(({ id, createdAt, receivedAt, status }) => [
      ...entry('payment-begun', createdAt, id),
      ...(status === 'SUCCEEDED' || status === 'REFUNDED' ? entry('payment-received', receivedAt, id) : []),
    ]),
    ...entry(order.reason === null ? 'paid' : 'cancelled', order.settledAt),
    ...refunds.flatMap(({ id, createdAt, doneAt, refusedAt }) => [
      ...entry('refund-decided', createdAt, id),
      ...entry('refund-refused', refusedAt, id),
      ...entry('refund-done', doneAt, id),
    ]),
    ...entry('refunded', order.refundedAt),
  ];
}

const inOrderOfTime = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
