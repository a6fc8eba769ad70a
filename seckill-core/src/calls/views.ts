import { type Static, Type } from 'typebox';
import { ITEM_ID_PATTERN, RESERVATION_ID_PATTERN, UUID_PATTERN } from '../domain/ids.ts';
import { OrderStatus } from '../domain/order.ts';
import { SaleState, SaleStatus } from '../domain/sale.ts';

export const IsoTime = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });
export const SaleId = Type.String({ pattern: UUID_PATTERN });
export const ItemId = Type.String({ pattern: ITEM_ID_PATTERN });
export const OrderId = Type.String({ pattern: RESERVATION_ID_PATTERN });
export const UserId = Type.String({ minLength: 1, maxLength: 64 });
const Count = Type.Integer({ minimum: 0 });

/** The body of `POST /api/admin/sales`. */
export const CreateSale = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 200 }),
    startsAt: IsoTime,
    endsAt: IsoTime,
    payTimeoutSeconds: Type.Integer({ minimum: 1, maximum: 86_400 * 7 }),
    tokenLeadSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400, default: 300 })),
    rateLimit: Type.Object(
      {
        ratePerSecond: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
        burst: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      },
      { additionalProperties: false },
    ),
    items: Type.Array(
      Type.Object(
        {
          title: Type.String({ minLength: 1, maxLength: 200 }),
          priceCents: Type.Integer({ minimum: 0, maximum: 2_000_000_000 }),
          currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
          stock: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
          limitPerUser: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false },
);
export type CreateSale = Static<typeof CreateSale>;

/** A sale as the operator sees it. */
export const AdminSale = Type.Object({
  saleId: SaleId,
  version: Type.Integer(),
  title: Type.String(),
  status: SaleStatus,
  state: SaleState,
  startsAt: IsoTime,
  endsAt: IsoTime,
  payTimeoutSeconds: Type.Integer(),
  tokenLeadSeconds: Type.Integer(),
  rateLimit: Type.Object({ ratePerSecond: Type.Integer(), burst: Type.Integer() }),
  items: Type.Array(
    Type.Object({
      itemId: ItemId,
      title: Type.String(),
      priceCents: Type.Integer(),
      currency: Type.String(),
      stock: Count,
      /** Units of live orders. */
      sold: Count,
      limitPerUser: Type.Integer(),
    }),
  ),
  createdAt: IsoTime,
});
export type AdminSale = Static<typeof AdminSale>;

export const Order = Type.Object({
  orderId: OrderId,
  reservationId: OrderId,
  saleId: SaleId,
  itemId: ItemId,
  title: Type.String({ description: "the item's" }),
  quantity: Type.Integer(),
  amountCents: Type.Integer(),
  currency: Type.String(),
  status: OrderStatus,
  payBy: IsoTime,
  createdAt: IsoTime,
  settledAt: Type.Optional(IsoTime),
  reason: Type.Optional(Type.String({ description: 'why it was cancelled: "unpaid" or "buyer"' })),
});
export type Order = Static<typeof Order>;

export const AuditReport = Type.Object({
  saleId: SaleId,
  holds: Type.Boolean(),
  /** Units of live orders beyond the stock. */
  oversold: Count,
  /** Reservations that have neither an order nor a rejection, and are not under way. */
  lost: Count,
  /** Units that users hold beyond limitPerUser, and orders counted twice. */
  duplicated: Count,
  /** Units that can still be won. */
  stockLeft: Count,
  /** Sum over the items of |stock − (left + live orders + under way)|. */
  drift: Count,
  checks: Type.Array(Type.Object({ name: Type.String(), holds: Type.Boolean(), detail: Type.String() })),
});
export type AuditReport = Static<typeof AuditReport>;

/** One thing that does not add up, for people. */
export const AuditFinding = Type.Object({
  /** The name of the check that does not hold. */
  check: Type.String(),
  /** A sentence: what is where. */
  says: Type.String(),
  /** A sentence: what `--repair` does. Only where there is exactly one right answer. */
  repair: Type.Optional(Type.String()),
  /** What a person can do, where there is no such answer. */
  advice: Type.Optional(Type.String()),
});
export type AuditFinding = Static<typeof AuditFinding>;

/** The audit with what it found, one by one; none where it holds. */
export const ExplainedAudit = Type.Object({ ...AuditReport.properties, findings: Type.Optional(Type.Array(AuditFinding)) });
export type ExplainedAudit = Static<typeof ExplainedAudit>;

export const RepairReport = Type.Object({
  saleId: SaleId,
  before: ExplainedAudit,
  /** In the order in which they were made. `changed` counts what was written: 0 where it was right by then, or the repair failed. */
  repairs: Type.Array(Type.Object({ repair: Type.String(), says: Type.String(), changed: Count, failed: Type.Boolean() })),
  after: ExplainedAudit,
});
export type RepairReport = Static<typeof RepairReport>;

const Delays = Type.Union([
  Type.Object({ p50: Type.Integer(), p95: Type.Integer(), p99: Type.Integer(), max: Type.Integer() }),
  Type.Null({ description: 'there was none' }),
]);

/** What became of a sale: for people, and for their spreadsheets. Units unless told otherwise. */
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
    tries: Type.Integer({ minimum: 0, description: 'answers to a try to buy' }),
    won: Type.Integer({ minimum: 0, description: 'reservations' }),
    ordered: Type.Integer({ minimum: 0, description: 'orders' }),
    paid: Type.Integer({ minimum: 0, description: 'paid orders' }),
  }),
  /** Answers to tries, by outcome. */
  answers: Type.Record(Type.String(), Count),
  orders: Type.Object({ pendingPayment: Count, paid: Count, cancelled: Count, refunded: Count, rejected: Count }),
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
      /** Won although the stock had been won before: units that had come back. */
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

/** A message that could not be handled, without its content. */
export const DeadLetterView = Type.Object({
  seq: Type.Integer(),
  consumer: Type.String(),
  subject: Type.String(),
  reason: Type.String(),
  deliveries: Type.Integer(),
  firstSeenAt: IsoTime,
  diedAt: IsoTime,
});
export type DeadLetterView = Static<typeof DeadLetterView>;

/** Into how many parts the time to pay is cut to count what falls due in each. */
export const DEADLINE_SLICES = 12;

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
      left: Type.Integer({ description: 'units that can still be won; -1 where Redis does not know' }),
      outbox: Count,
      orders: Type.Object({ pendingPayment: Count, paid: Count, cancelled: Count, refunded: Count, rejected: Count }),
      /** Of unpaid orders; missing where there are none. */
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
        revenueCents: Type.Integer(),
      }),
    }),
  ),
  queues: Type.Array(
    Type.Object({
      consumer: Type.String(),
      stream: Type.String(),
      /** Messages not delivered yet. */
      waiting: Count,
      /** Messages in a worker's hands, or held back until they are due. */
      inHand: Count,
      behindMs: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'age of the oldest message that nobody has finished with; not told of deadlines, which wait on purpose',
        }),
      ),
    }),
  ),
  deadLetters: Count,
});
export type Overview = Static<typeof Overview>;
