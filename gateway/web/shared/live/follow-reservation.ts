import { type ApiProblem, asProblem } from '../api/api-problem.ts';
import type { Reservation, ReservationStatus } from '../api/contract.ts';
import { openEventStream } from './event-stream.ts';

/** How news of a reservation reaches the page: pushed, polled, or not at the moment. */
export type Link = 'live' | 'polling' | 'offline';

/** `problem`: the gateway does not know the reservation or the user, so no more news will come. */
export type ReservationNews = { reservation?: Reservation; link?: Link; problem?: ApiProblem };

export interface FollowOptions {
  streamUrl: string;
  accessToken: string | undefined;
  read(): Promise<Reservation>;
  told(news: ReservationNews): void;
}

const FINAL: ReadonlySet<ReservationStatus> = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

const POLL_MS = 2_000;
/** While the stream is open, polling only covers lost pushes: core NATS does not store messages. */
const POLL_WHILE_LIVE_MS = 25_000;

/** Follows a reservation to its end, with a stream while the page is visible and with polling. Returns a function that stops it. */
export function followReservation({ streamUrl, accessToken, read, told }: FollowOptions): () => void {
  let ended = false;
  let isLive = false;
  let closeStream: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function heard(reservation: Reservation): void {
    if (ended) return;
    told({ reservation });
    if (FINAL.has(reservation.status)) end();
  }

  async function poll(): Promise<void> {
    try {
      const reservation = await read();
      if (!isLive && !ended) told({ link: 'polling' });
      heard(reservation);
    } catch (error) {
      failed(asProblem(error));
    }
    if (!ended) timer = setTimeout(() => void poll(), (isLive ? POLL_WHILE_LIVE_MS : POLL_MS) * (0.75 + Math.random() / 2));
  }

  function failed(problem: ApiProblem): void {
    if (ended) return;
    if (problem.code === 'UNAUTHENTICATED' || problem.code === 'NOT_FOUND') {
      told({ problem });
      end();
    } else if (!isLive) told({ link: 'offline' });
  }

  function openStream(): void {
    closeStream = openEventStream(streamUrl, {
      accessToken,
      onEvent: (_name, data) => heard(data as Reservation),
      onState: (state) => {
        if (ended || isLive === (state === 'open')) return;
        isLive = state === 'open';
        if (isLive) told({ link: 'live' });
        pollSoon();
      },
    });
  }

  function pollSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), isLive ? POLL_WHILE_LIVE_MS : POLL_MS / 2);
  }

  /** A page in the background closes its stream: browsers allow six connections to a host, shared by all tabs. */
  function visibilityChanged(): void {
    closeStream?.();
    closeStream = undefined;
    isLive = false;
    if (document.visibilityState === 'visible') openStream();
    pollSoon();
  }

  function end(): void {
    ended = true;
    clearTimeout(timer);
    closeStream?.();
    document.removeEventListener('visibilitychange', visibilityChanged);
  }

  document.addEventListener('visibilitychange', visibilityChanged);
  openStream();
  pollSoon();
  return end;
}
