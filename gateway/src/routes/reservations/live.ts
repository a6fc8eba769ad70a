import { Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { BuyerChannels } from '../../push/buyer-channels.ts';
import type { OpenStreams } from '../../push/open-streams.ts';
import { ReservationStream } from '../../push/reservation-stream.ts';
import { findReservation } from '../../reservations/find-reservation.ts';
import { type Reservation, viewOf } from '../../reservations/reservation-view.ts';
import type { ReservationParts } from './reservation.ts';

/** Open streams of one buyer. A browser opens at most six connections to a host. */
const STREAMS_A_BUYER = 8;
const RETRY_AFTER_MS = 5_000;

export interface ReservationLiveParts extends ReservationParts {
  streams: OpenStreams;
  channels: BuyerChannels;
}

/** Streams a reservation to its buyer as it changes. Polling returns the same states, a little later. */
export async function reservationLiveRoute(app: App, parts: ReservationLiveParts): Promise<void> {
  const { accessTokens, channels, streams } = parts;

  app.get(
    '/api/reservations/:reservationId/live',
    {
      // A HEAD request would hold a stream that no client reads.
      exposeHeadRoute: false,
      schema: {
        tags: ['buying'],
        summary: 'Follow the status of a reservation',
        description:
          'Server-Sent Events named `reservation`. Each carries the body of `GET /api/reservations/{reservationId}`: first the current state, then every change. ' +
          'The stream ends after PAID, CANCELLED, REJECTED or REFUNDED. If the connection breaks, connect again: the first event is the current state.',
        security: [{ user: [] }],
        params: Type.Object({ reservationId: Type.String() }),
        response: {
          200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: Type.String() } } },
          ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'RATE_LIMITED', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const userId = await accessTokens.userOf(request.headers.authorization);
      const { reservationId } = request.params;
      refuseIfFull(streams);
      if (channels.countOf(userId) >= STREAMS_A_BUYER)
        throw new Problem('RATE_LIMITED', 'You have too many open streams.', RETRY_AFTER_MS);

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
        // Read only after listening has begun, so that no change is lost between the two.
        const reservation = await read();
        if (request.raw.destroyed) return unlisten();
        // Many streams may have opened since.
        refuseIfFull(streams);
        const stream = streams.open(reply, 'buyer');
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

function refuseIfFull(streams: OpenStreams): void {
  if (!streams.isFullFor('buyer')) return;
  const detail = 'Too many streams are open on this gateway. Poll the reservation instead.';
  throw new Problem('UNAVAILABLE', detail, RETRY_AFTER_MS);
}
