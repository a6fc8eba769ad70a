import { type Static, Type } from 'typebox';
import { MOST_CENTS } from '../domain/currency.ts';
import { Count, Currency, IsoTime, ItemId, ProviderNames, SaleId, Text } from '../domain/fields.ts';
import { SaleState, SaleStatus } from '../domain/sale.ts';
import { Admission, WaitingRoom, WaitingRoomChoice } from '../domain/waiting-room.ts';

/** The body of `POST /api/admin/sales`. */
export const CreateSale = Type.Object(
  {
    title: Text(1, 200),
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
    priority: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'its winners get their orders before those of other sales when workers are behind',
      }),
    ),
    admission: Type.Optional({
      ...Admission,
      default: 'open',
      description: 'whether buyers buy at once, by their place in a queue, or if they are drawn',
    }),
    waitingRoom: Type.Optional(WaitingRoomChoice),
    paymentProviders: Type.Optional({
      ...ProviderNames,
      description: 'which ones buyers may choose from, the usual one first; default: all',
    }),
    items: Type.Array(
      Type.Object(
        {
          title: Text(1, 200),
          priceCents: Type.Integer({ minimum: 0, maximum: MOST_CENTS }),
          currency: Currency,
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
  priority: Type.Optional(Type.Boolean({ description: 'absent if not' })),
  admission: Type.Optional(Admission),
  waitingRoom: Type.Optional(
    Type.Object(
      { ...WaitingRoom.properties, entriesUntil: IsoTime },
      { description: 'absent if buyers buy without waiting for a turn' },
    ),
  ),
  paymentProviders: Type.Optional({ ...ProviderNames, description: 'absent if it offers all that the platform has' }),
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
