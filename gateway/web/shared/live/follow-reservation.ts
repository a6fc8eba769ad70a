import type { ApiProblem } from '../api/api-problem.ts';
import type { Reservation, ReservationStatus } from '../api/contract.ts';
import { type FollowOptions, follow, type Link } from './follow.ts';

/** As {@link News}, with the reservation by its name. */
export type ReservationNews = { reservation?: Reservation; link?: Link; problem?: ApiProblem };

type Options = Omit<FollowOptions<Reservation>, 'told' | 'isFinal' | 'pollMs'> & { told(news: ReservationNews): void };

const FINAL: ReadonlySet<ReservationStatus> = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

/** Follows a reservation until it is paid or over. Returns a function that stops it. */
export function followReservation({ told, ...options }: Options): () => void {
  return follow({
    ...options,
    isFinal: ({ status }) => FINAL.has(status),
    told: ({ seen, ...news }) => told(seen === undefined ? news : { ...news, reservation: seen }),
  });
}
