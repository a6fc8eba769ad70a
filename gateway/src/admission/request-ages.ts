import { isProxyAddress } from '../security/client-network.ts';

/** How long the smallest difference is remembered while requests come. If a proxy's clock is set back, its requests look late for this long. */
const REMEMBER_MS = 5_000;
/** After such a pause all is learned again: between two sales, clocks may part by more than a request may wait. No stall lasts as long. */
const FORGET_MS = 10 * 60_000;
/** Proxies in front of one gateway. A few more names than that, and all are learned again. */
const PROXIES = 100;

/** The differences between a proxy's clock and ours, in ms: the smallest of the present period, and of the one before. */
interface Differences {
  current: number;
  before: number;
  since: number;
}

/**
 * How long requests waited between nginx and this process: in sockets that the process had no time to read. nginx sends its time and its
 * name as `X-Request-Start`. Clocks of two machines differ, so only differences count: the request of the last seconds that came fastest has
 * no age, and the others are as old as they came later than it. A clock that is wrong, even by hours, changes nothing.
 */
export class RequestAges {
  readonly #proxies = new Map<string, Differences>();

  /** Returns the age in ms, 0 if it is unknown. `peer` is the address that sent the request. `now` is monotonic. */
  ageMs(started: string, peer: string, now: number): number {
    const space = started.indexOf(' ');
    const sentAt = Number(started.slice(0, space)) * 1_000;
    // A client without nginx could make the requests of all others look old.
    if (space < 1 || !Number.isFinite(sentAt) || !isProxyAddress(peer)) return 0;
    const difference = now - sentAt;
    const known = this.#proxies.get(started.slice(space + 1)) ?? this.#begin(started.slice(space + 1), difference, now);
    if (now - known.since > REMEMBER_MS) {
      known.before = now - known.since > FORGET_MS ? difference : known.current;
      known.current = difference;
      known.since = now;
    } else if (difference < known.current) known.current = difference;
    return difference - Math.min(known.current, known.before);
  }

  #begin(name: string, difference: number, since: number): Differences {
    if (this.#proxies.size >= PROXIES) this.#proxies.clear();
    const differences = { current: difference, before: difference, since };
    this.#proxies.set(name, differences);
    return differences;
  }
}
