import { type Static, Type } from 'typebox';
import { Count, IsoTime, SaleId } from '../domain/fields.ts';
import { SaleState } from '../domain/sale.ts';
import { OrderCounts, Revenue } from './order-views.ts';

/** The overview counts the orders that fall due in each of this many parts of the time to pay. */
export const DEADLINE_SLICES = 12;

/** The state of the platform, as the operator's console shows it. */
export const Overview = Type.Object({
  serverTime: IsoTime,
  sales: Type.Array(
    Type.Object({
      saleId: SaleId,
      title: Type.String(),
      state: SaleState,
      startsAt: IsoTime,
      endsAt: IsoTime,
      stock: Count,
      left: Type.Integer({ description: 'units that can still be won; -1 if Redis does not know' }),
      outbox: Count,
      orders: OrderCounts,
      /** Deadlines of unpaid orders; missing if there are none. */
      deadlines: Type.Optional(
        Type.Object({
          next: IsoTime,
          ahead: Type.Array(Count, {
            description: `unpaid orders that fall due in each ${DEADLINE_SLICES}th part of the time to pay, from now on; the first also has what is overdue`,
          }),
        }),
      ),
      statistics: Type.Object({
        created: Count,
        paid: Count,
        cancelled: Count,
        rejected: Count,
        refunded: Count,
        revenue: Revenue,
      }),
    }),
  ),
  queues: Type.Array(
    Type.Object({
      consumer: Type.String(),
      stream: Type.String(),
      /** Messages not delivered yet. */
      waiting: Count,
      /** Messages that a worker is processing, or holds back until they are due. */
      inHand: Count,
      behindMs: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'age of the oldest unfinished message; missing for deadlines, which wait on purpose',
        }),
      ),
    }),
  ),
  deadLetters: Count,
  /** Missing from workers of the version before. */
  refusedRefunds: Type.Optional({ ...Count, description: 'refunds that wait for an operator' }),
  stuckSagas: Type.Optional({ ...Count, description: 'sagas with a step that has failed for minutes' }),
  failingWebhooks: Type.Optional({ ...Count, description: 'active webhook endpoints that have accepted nothing for minutes' }),
  disabledWebhooks: Type.Optional({ ...Count, description: 'webhook endpoints that were disabled because they failed for long' }),
  deadTasks: Type.Optional({
    ...Count,
    description: 'tasks that listeners gave up, without deliveries of webhooks; counted up to 10,000',
  }),
});
export type Overview = Static<typeof Overview>;
