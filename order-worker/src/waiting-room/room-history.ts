import { type ByLane, CLAIM_GRACE_MS, LANES, type Lane, type RoomEvent, type TicketRecord, type Turn } from 'seckill-core';
import { Fingerprints } from '../audit/evidence/fingerprints.ts';
import { LaneHistory } from './lane-history.ts';

/** A turn that was taken up. Times in ms. */
export interface Claim {
  userId: string;
  lane: Lane;
  number: number;
  place: number;
  /** When it was taken up. */
  at: number;
  /** Until when the user may buy. */
  until: number;
  /** The user won with it. */
  used: boolean;
}

export type Ticket = TicketRecord & { userId: string };

/** A gateway that serves buyers has looked at the room within this time. */
const LOOK_MS = 5_000;
/** Users in a room for which there is space from the beginning. */
const EXPECTED_USERS = 1_000;

/**
 * What a waiting room holds, from the messages of its stream. A ticket counts once, however often it was published. What was stored after the marker
 * of a later epoch is void, because no user has the answer, except for wins.
 */
export class RoomHistory {
  readonly lanes: ByLane<LaneHistory> = { n: new LaneHistory(), p: new LaneHistory() };
  readonly #turns: Turn[] = [];
  readonly #claims = new Map<string, Claim>();
  /** When each user's ticket last changed, in seconds: a message may have been stored late. */
  readonly #changedAt = new Fingerprints(EXPECTED_USERS);
  /** Turns that were taken up, and claims with which their users have won. */
  takenUp = 0;
  used = 0;
  #epoch = 0;
  #closed: RoomEvent['closed'];
  #hasLateArrivals = false;

  /** Takes the next message of the stream. Returns the tickets that it changes. */
  add(event: RoomEvent): Ticket[] {
    const isVoid = event.epoch < this.#epoch;
    if (!isVoid) this.#epoch = event.epoch;
    const changed = isVoid ? [] : this.#follow(event);
    for (const [userId] of event.used ?? []) changed.push(...this.#use(userId, event.at));
    return changed;
  }

  /** How many are shuffled; undefined while entries are open. */
  get entries(): ByLane<number> | undefined {
    if (this.#closed !== undefined) return { n: this.#closed.n.count, p: this.#closed.p.count };
    return this.#hasLateArrivals ? { n: this.lanes.n.lastEntry, p: this.lanes.p.lastEntry } : undefined;
  }

  /** The keys of the shuffles that are known. */
  get keys(): Partial<ByLane<string>> {
    const { n, p } = this.#closed ?? {};
    return { ...(n?.key ? { n: n.key } : {}), ...(p?.key ? { p: p.key } : {}) };
  }

  /** The ids of the entries of a lane, for the shuffle. */
  entriesOf(lane: Lane): string {
    return this.lanes[lane].entries(this.entries?.[lane] ?? this.lanes[lane].joined);
  }

  /** Turns that were given after `since` (ms), and how many of their places were taken up. */
  turnsSince(since: number): Turn[] {
    const turns = this.#turns.filter(({ at }) => at > since);
    for (const { lane, place } of turns.length === 0 ? [] : this.#claims.values()) {
      const turn = turns.find((each) => each.lane === lane && each.from <= place && place <= each.upTo);
      if (turn !== undefined) turn.taken += 1;
    }
    return turns;
  }

  /** Claims that still counted at `now` (ms), used ones included. */
  claimsAt(now: number): Claim[] {
    return [...this.#claims.values()].filter(({ until }) => until + CLAIM_GRACE_MS > now);
  }

  #follow(event: RoomEvent): Ticket[] {
    const { joined = [], served = {}, watermark, taken = [], closed, at } = event;
    const changed: Ticket[] = [];
    for (const [userId, lane, number, entryId] of joined) {
      if (!this.lanes[lane].give(number)) continue;
      if (entryId === '') this.#hasLateArrivals = true;
      else this.lanes[lane].keepEntry(number, entryId);
      if (this.#isLatest(userId, at)) changed.push({ userId, lane, number, mark: 'WAITING' });
    }
    for (const lane of LANES) {
      const turn = served[lane];
      if (turn !== undefined) this.#serve({ lane, ...turn, at, taken: 0 });
      this.lanes[lane].served = Math.max(this.lanes[lane].served, turn?.upTo ?? 0, watermark?.[lane] ?? 0);
    }
    for (const [userId, lane, number, place, until] of taken)
      changed.push(...this.#claim({ userId, lane, number, place, at, until, used: false }));
    this.#closed ??= closed;
    return changed;
  }

  /** As admit.lua does, turns of one second are one. */
  #serve(turn: Turn): void {
    const last = this.#turns.findLast(({ lane }) => lane === turn.lane);
    const isOne =
      last !== undefined && last.upTo + 1 === turn.from && Math.floor(last.at / 1_000) === Math.floor(turn.at / 1_000);
    if (!isOne) this.#turns.push(turn);
    else Object.assign(last, { upTo: turn.upTo, at: Math.max(last.at, turn.at) });
  }

  #claim(claim: Claim): Ticket[] {
    const { userId, lane, number, at } = claim;
    const before = this.#claims.get(userId);
    // Published again.
    if (before?.lane === lane && before.number === number) return [];
    if (!this.#isLatest(userId, at)) return [];
    this.#claims.set(userId, claim);
    this.takenUp += 1;
    return [{ userId, lane, number, mark: 'ADMITTED' }];
  }

  #use(userId: string, at: number): Ticket[] {
    const claim = this.#claims.get(userId);
    // A gateway dates wins by its last look at the room, or by 0 without one.
    if (claim === undefined || claim.used || (at > 0 && claim.at > at + LOOK_MS)) return [];
    if (!this.#isLatest(userId, Math.max(at, claim.at))) return [];
    claim.used = true;
    this.used += 1;
    return [{ userId, lane: claim.lane, number: claim.number, mark: 'USED' }];
  }

  #isLatest(userId: string, at: number): boolean {
    const seconds = Math.floor(at / 1_000);
    if ((this.#changedAt.get(userId) ?? 0) > seconds) return false;
    this.#changedAt.set(userId, seconds);
    return true;
  }
}
