import { amount } from './checks/amount/amount.ts';
import { balance } from './checks/balance/balance.ts';
import { counters } from './checks/balance/counters.ts';
import type { Check } from './checks/check.ts';
import { counts } from './checks/counts/counts.ts';
import { early } from './checks/early/early.ts';
import { events } from './checks/events/events.ts';
import { items } from './checks/items/items.ts';
import { limit } from './checks/limit/limit.ts';
import { money } from './checks/money/money.ts';
import { outbox } from './checks/outbox/outbox.ts';
import { overdue } from './checks/overdue/overdue.ts';
import { oversold } from './checks/oversold/oversold.ts';
import { paidInTime } from './checks/paid-in-time/paid-in-time.ts';
import { payments } from './checks/payments/payments.ts';
import { provider } from './checks/provider/provider.ts';
import { queue } from './checks/queue/queue.ts';
import { reservations } from './checks/reservations/reservations.ts';
import { sagas } from './checks/sagas/sagas.ts';
import { shipments } from './checks/shipments/shipments.ts';
import { sold } from './checks/sold/sold.ts';
import { statistics } from './checks/statistics/statistics.ts';
import { waiting } from './checks/waiting/waiting.ts';

/** Every check, in the order of the report; repairs of one kind of store run in this order too. */
export const ALL_CHECKS: readonly Check[] = [
  oversold,
  sold,
  counts,
  limit,
  early,
  paidInTime,
  overdue,
  amount,
  money,
  payments,
  provider,
  items,
  reservations,
  balance,
  counters,
  outbox,
  events,
  waiting,
  queue,
  statistics,
  sagas,
  shipments,
];
