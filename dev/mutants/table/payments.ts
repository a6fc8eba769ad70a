import type { Mutant } from '../mutant.ts';

const checkouts = 'prisma/migrations/20261129140000_checkouts/migration.sql';
const compareLines = 'order-worker/src/audit/checks/provider/compare-lines.ts';
const askForRest = 'order-worker/src/audit/checks/provider/ask-for-rest.ts';
const closeDue = 'order-worker/src/orders/closing/close-due.ts';
const closePayments = 'order-worker/src/payments/close-payments.ts';
const openPayments = 'order-worker/src/payments/open-payments.sql';
const queryPayments = 'order-worker/src/payments/query-payments.ts';
const paymentPathTest = 'order-worker/test/crash/payment-path.test.ts';
const providerTest = 'order-worker/test/audit/provider.test.ts';
const operatorRefundsTest = 'order-worker/test/payments/operator-refunds.test.ts';
const refundsTest = 'order-worker/test/payments/refunds.test.ts';
const SETTLED_OUTSIDE =
  'a refused refund that a person settled outside the provider is done: its order is REFUNDED, once however often they say so';
const closeBeforeCancelTest = 'order-worker/test/payments/close-before-cancel.test.ts';

/** Faults in what passes between orders and their payment providers. */
export const PAYMENTS: readonly Mutant[] = [
  {
    name: 'a cancel does not wait for the checkout to be closed',
    invariant: 7,
    file: checkouts,
    find: "o.status::text = 'PENDING_PAYMENT' AND NOT o.paying",
    replace: "o.status::text = 'PENDING_PAYMENT'",
    killer: {
      file: closeBeforeCancelTest,
      test: 'is left alone by a cancel that waited for the transaction that began the checkout',
    },
  },
  {
    name: 'a checkout that begins leaves no mark on its order',
    invariant: 7,
    file: openPayments,
    find: 'UPDATE orders o SET paying = true FROM',
    replace: 'UPDATE orders o SET paying = false FROM',
    killer: {
      file: closeBeforeCancelTest,
      test: 'is PAID if the provider says that its buyer paid, although no notification has come',
    },
  },
  {
    name: 'an order whose provider does not answer counts as closed',
    invariant: 7,
    file: closeDue,
    find: "(results.get(orderId)?.state ?? 'closed') !== 'closed'",
    replace: "results.get(orderId)?.state === 'paid'",
    killer: {
      file: closeBeforeCancelTest,
      test: 'waits while the provider is away: its units stay held, and the rest of the audit holds',
    },
  },
  {
    name: 'an order whose checkout is closed is forgotten before it is cancelled',
    invariant: 6,
    file: closeDue,
    find: "  if (closed.length > 0) await cancelOrders(parts, closed, 'unpaid', { closed: true });\n",
    replace:
      "  await parts.prisma.closingOrder.deleteMany({ where: { orderId: { in: closed } } });\n  if (closed.length > 0) await cancelOrders(parts, closed, 'unpaid', { closed: true });\n",
    killer: { file: paymentPathTest, test: 'an order that is due is cancelled once its checkout is closed' },
  },
  {
    name: 'an order that its provider says is paid is forgotten before that is stored',
    invariant: 7,
    file: closePayments,
    find: '  await storeEvents(parts, provider, [paidWhenAsked(request, answer.facts)]);\n  return',
    replace:
      '  await parts.prisma.closingOrder.deleteMany({ where: { orderId: request.orderId } });\n  await storeEvents(parts, provider, [paidWhenAsked(request, answer.facts)]);\n  return',
    killer: {
      file: paymentPathTest,
      test: 'an order that is due is paid, as its provider says when it is to close the checkout',
    },
  },
  {
    name: 'what the provider says when it is to close a checkout is not stored',
    invariant: 9,
    file: closePayments,
    find: '  await storeEvents(parts, provider, [paidWhenAsked(request, answer.facts)]);\n',
    replace: '',
    killer: {
      file: closeBeforeCancelTest,
      test: 'is PAID if the provider says that its buyer paid, although no notification has come',
    },
  },
  {
    name: 'what the provider says when it is asked for a payment is not stored',
    invariant: 9,
    file: queryPayments,
    find: "if (standing.state === 'paid') await storeEvents({ publisher }, provider, [paidWhenAsked(request, standing.facts)]);",
    replace: '',
    killer: { file: closeBeforeCancelTest, test: 'is found by asking the provider' },
  },
  {
    name: 'one provider settles what another one holds',
    invariant: 9,
    file: 'order-worker/src/payments/decide-payment.ts',
    find: 'event.provider !== undefined && event.provider !== payment.provider',
    replace: 'false',
    killer: { file: closeBeforeCancelTest, test: 'one cannot report a payment of another' },
  },
  {
    name: 'the audit overlooks money that only the provider has',
    invariant: 9,
    file: compareLines,
    find: "if (!payment.isReceived) return found('there', booked);",
    replace: 'if (!payment.isReceived) return undefined;',
    killer: {
      file: providerTest,
      test: 'what only one side has is found both ways, and money that only the provider has is settled',
    },
  },
  {
    name: 'the audit believes the books if the provider has no such payment',
    invariant: 9,
    file: askForRest,
    find: '} else if (payment.isReceived) differences.push(onlyHere(payment));',
    replace: '}',
    killer: {
      file: providerTest,
      test: 'what only one side has is found both ways, and money that only the provider has is settled',
    },
  },
  {
    name: 'the audit believes the books against a statement',
    invariant: 9,
    file: askForRest,
    find: 'else if (isReceived && found.lacking.length < MOST_DIFFERENCES) found.lacking.push(onlyHere(payment));',
    replace: '',
    killer: {
      file: providerTest,
      test: 'statements of past days are compared, and the provider is asked only for what none of them names',
    },
  },
  {
    name: 'the audit expects a refund at the provider that was settled outside it',
    invariant: 9,
    file: askForRest,
    find: 'refund.settledOutside || ',
    replace: '',
    killer: { file: operatorRefundsTest, test: SETTLED_OUTSIDE },
  },
  {
    name: 'a refund that another one replaced is settled outside',
    invariant: 9,
    file: 'order-worker/src/payments/refunds/settle-outside.ts',
    find: 'if (refund.retriedBy !== null) {',
    replace: 'if (false) {',
    killer: {
      file: operatorRefundsTest,
      test: 'only a refused refund that no other one has replaced can be settled outside',
    },
  },
  {
    name: 'money that goes back outside and at the provider raises no alarm',
    invariant: 9,
    file: 'order-worker/src/payments/refunds/announce-refunds.ts',
    find: "type === 'refund.refused' || event.settledBy !== undefined",
    replace: 'true',
    killer: { file: operatorRefundsTest, test: SETTLED_OUTSIDE },
  },
  {
    name: 'a restored refund keeps its units off sale',
    file: 'order-worker/src/restoring/restore-refunds.sql',
    find: 'coalesce("returnUnits", false)',
    replace: 'false',
    killer: {
      file: 'order-worker/test/restoring/restore-refunds.test.ts',
      test: 'refunds that PostgreSQL has lost come back with what operators decided: the units, what was tried again, and what was settled outside',
    },
  },
  {
    name: 'the audit compares no events of refunds',
    file: 'order-worker/src/audit/checks/events/events.ts',
    find: ', ...countRefunds(await readRefundChanges(context))',
    replace: '',
    killer: {
      file: 'order-worker/test/audit/repair-books.test.ts',
      test: 'events of refunds are compared with the refunds: a missing one is published, and one whose refund is lost is found',
    },
  },
  {
    name: "a stranger's money pays the order",
    invariant: 9,
    file: 'order-worker/src/payments/decide-payment.ts',
    find: 'if (isStranger(event, payment))',
    replace: 'if (false)',
    killer: {
      file: refundsTest,
      test: 'money that does not fit goes back, its buyer reads why, and the order can still be paid',
    },
  },
  {
    name: 'a refund that no provider answers to raises no alert',
    invariant: 9,
    file: 'order-worker/src/payments/refunds/measure-refunds.sql',
    find: "state <> 'PENDING'",
    replace: "state = 'REFUSED'",
    killer: { file: refundsTest, test: 'a refund that waits for too long raises an alert, and so does one that was refused' },
  },
  {
    name: 'a restored payment forgets its provider',
    file: 'order-worker/src/restoring/restore-payments.sql',
    find: "coalesce(r.provider, 'http')",
    replace: "'http'",
    killer: {
      file: 'order-worker/test/restoring/restore-refunds.test.ts',
      test: 'a payment that PostgreSQL has lost comes back with its provider, and no other one speaks for it',
    },
  },
];
