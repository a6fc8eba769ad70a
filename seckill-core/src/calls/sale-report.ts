import { type Static, Type } from 'typebox';
import { Count, IsoTime, ItemId, SaleId } from '../domain/fields.ts';
import { SaleState } from '../domain/sale.ts';
import { OrderCounts, Revenue } from './order-views.ts';

const Delays = Type.Union([
  Type.Object({ p50: Type.Integer(), p95: Type.Integer(), p99: Type.Integer(), max: Type.Integer() }),
  Type.Null({ description: 'there was none' }),
]);

/** The outcome of a sale, for operators and their spreadsheets. Counts are units unless stated otherwise. */
export const SaleReport = Type.Object({
  saleId: SaleId,
  title: Type.String(),
  state: SaleState,
  startsAt: IsoTime,
  endsAt: IsoTime,
  closedAt: Type.Optional(IsoTime),
  madeAt: IsoTime,
  funnel: Type.Object({
    tokens: Type.Integer({ minimum: 0, description: 'purchase tokens given out' }),
    tries: Type.Integer({ minimum: 0, description: 'answers to attempts to buy' }),
    won: Type.Integer({ minimum: 0, description: 'reservations' }),
    ordered: Type.Integer({ minimum: 0, description: 'orders' }),
    paid: Type.Integer({ minimum: 0, description: 'paid orders' }),
  }),
  waitingRoom: Type.Optional(
    Type.Object(
      {
        tickets: Type.Integer({ minimum: 0, description: 'given out; a user who joined again has another one' }),
        turns: Type.Integer({ minimum: 0, description: 'that came' }),
        taken: Type.Integer({ minimum: 0, description: 'turns that were taken up' }),
        missed: Type.Integer({ minimum: 0, description: 'turns that were not taken up in time' }),
        used: Type.Integer({ minimum: 0, description: 'turns that ended in a win' }),
      },
      { description: 'absent without a waiting room, and once its events are gone from the stream' },
    ),
  ),
  /** Answers to attempts, by outcome. */
  answers: Type.Record(Type.String(), Count),
  orders: OrderCounts,
  revenue: Revenue,
  items: Type.Array(
    Type.Object({
      itemId: ItemId,
      title: Type.String(),
      priceCents: Type.Integer(),
      currency: Type.String(),
      stock: Count,
      won: Count,
      paid: Count,
      pending: Count,
      returned: Count,
      /** Won after the whole stock had been won before: units that had come back. */
      resold: Count,
      revenueCents: Count,
    }),
  ),
  /** Running totals, oldest first, at most 120 moments. */
  sellThrough: Type.Array(Type.Object({ at: IsoTime, won: Count, paid: Count, returned: Count })),
  winToOrderMs: Delays,
  orderToPaidMs: Delays,
});
export type SaleReport = Static<typeof SaleReport>;
