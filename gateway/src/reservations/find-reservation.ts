import {
  calls,
  IsoTime,
  isReservationId,
  itemIdOf,
  OrderId,
  Problem,
  type ReservationRecord,
  ReservationStatus,
  readReservation,
} from 'seckill-core';
import { type Static, Type } from 'typebox';
import type { App } from '../app.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { problems } from '../http/problem-responses.ts';

const Reservation = Type.Object({
  reservationId: OrderId,
  status: ReservationStatus,
  order: Type.Optional(
    Type.Object(
      { orderId: OrderId, amountCents: Type.Integer(), currency: Type.String(), payBy: IsoTime },
      {
        description: 'from ORDERED on',
      },
    ),
  ),
});
type Reservation = Static<typeof Reservation>;

const RETRY_AFTER_MS = 1_000;

/** A reservation as its user sees it. */
export async function reservationRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  app.get(
    '/api/reservations/:reservationId',
    {
      schema: {
        tags: ['buying'],
        summary: 'How a reservation stands',
        security: [{ user: [] }],
        params: Type.Object({ reservationId: Type.String() }),
        response: { 200: Reservation, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => {
      const userId = parts.accessTokens.userOf(request.headers.authorization);
      return findReservation(parts, userId, request.params.reservationId);
    },
  );
}

/** The user's reservation: from Redis, or from a worker where Redis does not have all of it. Throws NOT_FOUND or UNAVAILABLE. */
export async function findReservation(parts: GatewayParts, userId: string, reservationId: string): Promise<Reservation> {
  if (!isReservationId(reservationId)) throw new Problem('NOT_FOUND');
  let isRedisAway = false;
  const record = await parts.redis
    .ask((redis) => readReservation(redis, reservationId))
    .catch(() => {
      isRedisAway = true;
      return undefined;
    });
  if (record !== undefined) {
    if (record.userId !== userId) throw new Problem('NOT_FOUND');
    const found = fromRecord(parts, reservationId, record);
    if (found !== undefined) return found;
  }
  const { status, order } = await parts.nats.ask(calls.findReservation, { userId, reservationId }).catch((error: unknown) => {
    // A worker knows it from its order on; before that only Redis does.
    const isUnknown = isRedisAway && error instanceof Problem && error.code === 'NOT_FOUND';
    throw isUnknown ? new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS) : error;
  });
  if (order === undefined) return { reservationId, status };
  const { orderId, amountCents, currency, payBy } = order;
  return { reservationId, status, order: { orderId, amountCents, currency, payBy } };
}

/** Undefined where there is an order of which Redis does not know enough. */
function fromRecord({ sales }: GatewayParts, reservationId: string, record: ReservationRecord): Reservation | undefined {
  const { status, quantity, payBy } = record;
  if (status === 'RESERVED' || status === 'REJECTED') return { reservationId, status };
  const item = sales.item(itemIdOf(reservationId))?.settings;
  if (item === undefined || payBy === 0) return undefined;
  const amountCents = item.priceCents * quantity;
  const order = { orderId: reservationId, amountCents, currency: item.currency, payBy: new Date(payBy).toISOString() };
  return { reservationId, status, order };
}
