import { type ApiProblem, asProblem } from '../api/api-problem.ts';
import { openEventStream } from './event-stream.ts';

/** How news reaches the page: pushed, polled, or not at the moment. */
export type Link = 'live' | 'polling' | 'offline';

/** `problem`: the gateway does not know the thing or the user, so no more news will come. */
export type News<Thing> = { seen?: Thing; link?: Link; problem?: ApiProblem };

export interface FollowOptions<Thing> {
  streamUrl: string;
  accessToken: string | undefined;
  read(): Promise<Thing>;
  told(news: News<Thing>): void;
  /** Nothing changes after this. */
  isFinal(thing: Thing): boolean;
  /** How long to wait before the next look if nothing is pushed, ms. Default 2 s. */
  pollMs?(thing: Thing): number | undefined;
  /** Keep the stream while the page is in the background: browsers slow its timers down to one a minute. */
  inBackground?: boolean;
}

const POLL_MS = 2_000;
/** While the stream is open, polling only covers lost pushes: core NATS does not store messages. */
const POLL_WHILE_LIVE_MS = 25_000;

/** Follows something to its end, with a stream while the page is visible and with polling. Returns a function that stops it. */
export function follow<Thing>(options: FollowOptions<Thing>): () => void {
  const { streamUrl, accessToken, read, told, isFinal, inBackground = false } = options;
  let pollMs = POLL_MS;
  let ended = false;
  let isLive = false;
  let closeStream: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function heard(seen: Thing): void {
    if (ended) return;
    pollMs = options.pollMs?.(seen) ?? POLL_MS;
    told({ seen });
    if (isFinal(seen)) end();
  }

  async function poll(): Promise<void> {
    try {
      const seen = await read();
      if (!isLive && !ended) told({ link: 'polling' });
      heard(seen);
    } catch (error) {
      failed(asProblem(error));
    }
    if (!ended) timer = setTimeout(() => void poll(), (isLive ? POLL_WHILE_LIVE_MS : pollMs) * (0.75 + Math.random() / 2));
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
      onEvent: (_name, data) => heard(data as Thing),
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
    if (inBackground && closeStream !== undefined) return;
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
