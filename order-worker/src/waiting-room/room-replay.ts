import type { Redis } from 'ioredis';
import { ENTRY_ID_LENGTH, LANES, ROOM_REPLAY_LIMIT, type RoomPortion, replayRoom } from 'seckill-core';
import type { RoomHistory, Ticket } from './room-history.ts';

/** Portions in flight: while Redis writes one, the next are on the wire. */
const AT_ONCE = 4;
const NOTHING: RoomPortion = { tickets: [], claims: [], entries: { n: '', p: '' } };

/** Writes a room that is being rebuilt into Redis, in portions and in order. If the rebuild has to begin again, opening the room finds that. */
export class RoomReplay {
  readonly #redis: Redis;
  readonly #saleId: string;
  readonly #mark: string;
  #waiting: Ticket[] = [];
  #inFlight: Promise<unknown>[] = [];

  constructor(redis: Redis, saleId: string, mark: string) {
    this.#redis = redis;
    this.#saleId = saleId;
    this.#mark = mark;
  }

  /** A later record of the same ticket replaces an earlier one. Rejects with ioredis's error if Redis does not answer. */
  async write(tickets: readonly Ticket[]): Promise<void> {
    this.#waiting.push(...tickets);
    while (this.#waiting.length >= ROOM_REPLAY_LIMIT) await this.#send({ tickets: this.#waiting.splice(0, ROOM_REPLAY_LIMIT) });
  }

  /** Writes the last tickets, the entries, and the claims that had not ended at `now` (ms). A used one ends now. */
  async end(history: RoomHistory, now: number): Promise<void> {
    await this.#send({ tickets: this.#waiting });
    const claims = history.claimsAt(now).map(({ userId, until, used }) => ({ userId, until: used ? now : until }));
    for (const portion of portionsOf(claims, ROOM_REPLAY_LIMIT)) await this.#send({ claims: portion });
    for (const lane of LANES) {
      const entries = history.entriesOf(lane);
      const size = ROOM_REPLAY_LIMIT * ENTRY_ID_LENGTH;
      for (let from = 0; from < entries.length; from += size)
        await this.#send({ entries: { ...NOTHING.entries, [lane]: entries.slice(from, from + size) } });
    }
    await Promise.all(this.#inFlight);
  }

  async #send(portion: Partial<RoomPortion>): Promise<void> {
    const sent = replayRoom(this.#redis, this.#saleId, this.#mark, { ...NOTHING, ...portion });
    // A failure is reported when it is waited for.
    sent.catch(() => undefined);
    this.#inFlight.push(sent);
    if (this.#inFlight.length >= AT_ONCE) await this.#inFlight.shift();
  }
}

function* portionsOf<Each>(all: readonly Each[], size: number): Generator<readonly Each[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
