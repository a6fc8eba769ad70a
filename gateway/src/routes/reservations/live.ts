import { Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';
import { BuyerChannels } from '../../push/buyer-channels.ts';
import type { OpenStreams } from '../../push/open-streams.ts';
import { type Reservation, ReservationStream, viewOf } from '../../push/reservation-stream.ts';
import { findReservation } from '../../reservations/find-reservation.ts';

/** Tabs of one buyer. A browser opens no more than six connections to a host. */
const STREAMS_A_BUYER = 8;
const RETRY_AFTER_MS = 5_000;

/** A buyer's reservation as it changes. Polling it tells the same, a little later. */
export async function reservationLive(
  app: App,
  { parts, streams }: { parts: GatewayParts; streams: OpenStreams },
): Promise<void> {
  const channels = new BuyerChannels(parts.nats);

  app.get(
    '/api/reservations/:reservationId/live',
    {
      // A HEAD would hold a stream that nobody reads.
      exposeHeadRoute: false,
      schema: {
        tags: ['buying'],
        summary: 'How a reservation stands, as it changes',
        description:
          'Server-Sent Events named `reservation`, each with what `GET /api/reservations/{reservationId}` answers: the state at once, then every change. ' +
          'The stream ends after PAID, CANCELLED, REJECTED or REFUNDED. After a cut connect again: the first event is the state as it is then.',
        security: [{ user: [] }],
        params: Type.Object({ reservationId: Type.String() }),
        response: {
          200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: Type.String() } } },
          ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'RATE_LIMITED', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const userId = parts.accessTokens.userOf(request.headers.authorization);
      const { reservationId } = request.params;
      if (streams.isFull)
        throw new Problem('UNAVAILABLE', 'Too many streams are open here. Ask for the reservation itself.', RETRY_AFTER_MS);
      if (channels.countOf(userId) >= STREAMS_A_BUYER)
        throw new Problem('RATE_LIMITED', 'You have too many streams open.', RETRY_AFTER_MS);

      const early: Reservation[] = [];
      let take = (reservation: Reservation): void => void early.push(reservation);
      const read = () => findReservation(parts, userId, reservationId);
      const unlisten = await channels.listen(userId, {
        changed: (change) => {
          if (change.reservationId === reservationId) take(viewOf(change));
        },
        missed: () => void read().then(take, () => undefined),
      });
      try {
        // Read after listening has begun, so that no change falls between the two.
        const reservation = await read();
        if (request.raw.destroyed) return unlisten();
        const stream = streams.open(reply);
        stream.onClose(unlisten);
        const follower = new ReservationStream(stream, reservation);
        take = (next) => follower.take(next);
        for (const next of early) take(next);
      } catch (error) {
        unlisten();
        throw error;
      }
    },
  );
}
