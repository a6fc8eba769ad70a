import { ItemId, OrderId, SaleId, UserId } from 'seckill-core';
import { Type } from 'typebox';

/** What travels between this platform and a warehouse. The OpenAPI document is generated from these. */

const ShipmentId = { ...OrderId, description: 'the idempotency key of the shipment: the id of its order' };
const Reason = Type.String({ minLength: 1, maxLength: 400, description: 'for the shop’s operator, in plain words' });

export const ShipmentRequest = Type.Object({
  shipmentId: ShipmentId,
  orderId: OrderId,
  saleId: SaleId,
  userId: UserId,
  lines: Type.Array(Type.Object({ itemId: ItemId, title: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
});

const stateOf = <State extends string>(...states: State[]) =>
  Type.Unsafe<State>(Type.Union(states.map((each) => Type.Literal(each))));

/** The answer to a request, with status 200 or 201. */
export const ShipmentAnswer = Type.Object({
  shipmentId: ShipmentId,
  state: {
    ...stateOf('accepted', 'pending', 'shipped', 'cancelled'),
    description: 'pending: you decide later, and the shop asks again. cancelled: the shop has cancelled it before',
  },
});

/** The answer to a cancellation, with status 200. */
export const CancelAnswer = Type.Object({
  shipmentId: ShipmentId,
  state: { ...stateOf('cancelled', 'shipped'), description: 'shipped: it has left, and cannot be cancelled' },
});

/** The answer to a question, with status 200. */
export const KnownShipment = Type.Object({
  shipmentId: ShipmentId,
  state: stateOf('accepted', 'pending', 'refused', 'shipped', 'cancelled'),
  quantity: Type.Optional(
    Type.Integer({ minimum: 1, description: 'units of all lines; missing if it was cancelled before it came' }),
  ),
  reason: Type.Optional(Reason),
});

/** The answer to a question for the shipments of a sale, with status 200. */
export const ShipmentList = Type.Object({
  shipments: Type.Array(KnownShipment, {
    description: 'in the order of their ids. A shipment that you have by mistake twice is two entries',
  }),
  nextCursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 400, description: 'of the next page; missing on the last one' }),
  ),
});

/** The body of an answer with status 422. */
export const Refusal = Type.Object({ reason: Reason });
