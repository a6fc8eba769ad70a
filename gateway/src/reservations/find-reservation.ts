import { calls, isReservationId, itemIdOf, Problem, type ReservationRecord, readReservation } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { NatsLink } from '../links/nats-link.ts';
import type { RedisLink } from '../links/redis-link.ts';
import { type Reservation, viewOf } from './reservation-view.ts';

const RETRY_AFTER_MS = 1_000;

export interface ReservationSources {
  redis: RedisLink;
  nats: NatsLink;
  sales: SalesMemory;
}

/** Reads the user's reservation from Redis, or from a worker if Redis lacks any of it. Throws NOT_FOUND or UNAVAILABLE. */
export async function findReservation(sources: ReservationSources, userId: string, reservationId: string): Promise<Reservation> {
  if (!isReservationId(reservationId)) throw new Problem('NOT_FOUND');
  let isRedisAway = false;
  const record = await sources.redis
    .ask((redis) => readReservation(redis, reservationId))
    .catch(() => {
      isRedisAway = true;
      return undefined;
    });
  if (record !== undefined) {
    if (record.userId !== userId) throw new Problem('NOT_FOUND');
    const found = fromRecord(sources.sales, reservationId, record);
    if (found !== undefined) return found;
  }
  const { status, order } = await sources.nats.ask(calls.findReservation, { userId, reservationId }).catch((error: unknown) => {
    // A worker knows a reservation from its order on; before that only Redis does.
    const isUnknown = isRedisAway && error instanceof Problem && error.code === 'NOT_FOUND';
    throw isUnknown ? new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS) : error;
  });
  if (order === undefined) return { reservationId, status };
  const { orderId, amountCents, currency, payBy } = order;
  return { reservationId, status, order: { orderId, amountCents, currency, payBy } };
}

/** Undefined if there is an order, but Redis or memory lacks a part of it. */
function fromRecord(sales: SalesMemory, reservationId: string, record: ReservationRecord): Reservation | undefined {
  const { status, quantity, payBy } = record;
  if (status === 'RESERVED' || status === 'REJECTED') return { reservationId, status };
  const item = sales.item(itemIdOf(reservationId))?.settings;
  if (item === undefined || payBy === 0) return undefined;
  return viewOf({ reservationId, status, amountCents: item.priceCents * quantity, currency: item.currency, payBy });
}
