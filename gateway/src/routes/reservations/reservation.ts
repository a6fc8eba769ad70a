import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { findReservation, type ReservationSources } from '../../reservations/find-reservation.ts';
import { Reservation } from '../../reservations/reservation-view.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';

export interface ReservationParts extends ReservationSources {
  accessTokens: AccessTokens;
}

export async function reservationRoute(app: App, parts: ReservationParts): Promise<void> {
  app.get(
    '/api/reservations/:reservationId',
    {
      schema: {
        tags: ['buying'],
        summary: 'Read the status of a reservation',
        security: [{ user: [] }],
        params: Type.Object({ reservationId: Type.String() }),
        response: { 200: Reservation, ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => {
      const userId = await parts.accessTokens.userOf(request.headers.authorization);
      return findReservation(parts, userId, request.params.reservationId);
    },
  );
}
