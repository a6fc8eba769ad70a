import { type ByLane, LANES, type Lane, LOST_ENTRY, type RoomEvent, shuffleKeyOf, shufflePlaces } from 'seckill-core';
import { RoomHistory } from '../../../waiting-room/room-history.ts';
import { Fingerprints, hash32 } from '../../evidence/fingerprints.ts';
import { GivenTurns } from './given-turns.ts';
import type { RoomFault } from './room-fault.ts';

/** A turn that was taken up. Times in ms on Redis's clock. */
export interface Taken {
  userId: string;
  lane: Lane;
  number: number;
  place: number;
  at: number;
  until: number;
  /** Places that the script counted as served. */
  watermark: number;
  /** No ticket of this epoch counts: the room was being rebuilt. */
  isVoid: boolean;
}

interface Ticket {
  lane: Lane;
  number: number;
  at: number;
}

const EXPECTED_USERS = 1_000;

/** What the stream says of one waiting room, and what contradicts itself there. Keeps about 60 bytes of each user. */
export class RoomBook {
  readonly faults: RoomFault[] = [];
  readonly history = new RoomHistory();
  readonly turns: ByLane<GivenTurns> = { n: new GivenTurns('n'), p: new GivenTurns('p') };
  readonly taken: Taken[] = [];
  readonly #lastTaken = new Map<string, Taken>();
  /** When each user won, as far as the stream says. */
  readonly used = new Map<string, number>();
  /** Second tickets of a user, with the one before. */
  readonly rejoined: { userId: string; before: Ticket; after: Ticket }[] = [];
  #messages = 0;
  #hasBeginning = false;
  #epoch = 0;
  #closed: RoomEvent['closed'];
  /** By number: a hash of the user, and when they joined in seconds. */
  readonly #users: ByLane<number[]> = { n: [], p: [] };
  readonly #joinedAt: ByLane<number[]> = { n: [], p: [] };
  /** Each user's last ticket: twice the number, plus one in lane p. */
  readonly #tickets = new Fingerprints(EXPECTED_USERS);

  /** False if the stream has dropped the room's first messages, or all. */
  get isComplete(): boolean {
    return this.#hasBeginning;
  }

  add(event: RoomEvent): void {
    if (this.#messages === 0) this.#hasBeginning = event.rebuilt === true;
    this.#messages += 1;
    const isVoid = event.epoch < this.#epoch;
    if (event.rebuilt) this.#begin(event.epoch);
    this.history.add(event);
    if (!isVoid) {
      for (const [userId, lane, number] of event.joined ?? []) this.#join(userId, { lane, number, at: event.at });
      if (event.closed !== undefined) this.#close(event.closed);
    }
    for (const lane of LANES) {
      const places = event.served?.[lane];
      if (places !== undefined) this.turns[lane].add({ ...places, at: event.at, epoch: event.epoch, isVoid });
    }
    for (const [userId, lane, number, place, until] of event.taken ?? [])
      this.#take({ userId, lane, number, place, until, at: event.at, watermark: event.watermark?.[lane] ?? 0, isVoid });
    for (const [userId] of event.used ?? []) this.used.set(userId, event.at);
  }

  /** Returns whether this number of the lane was given to the user. */
  isTicketOf(userId: string, { lane, number }: Pick<Ticket, 'lane' | 'number'>): boolean {
    return this.#users[lane][number] === hash32(userId);
  }

  /** Resolves to a function that returns the place of a ticket, undefined if the stream does not say. Adds a fault if the shuffle is not the published one. */
  async shuffle(seed: string): Promise<(ticket: Pick<Ticket, 'lane' | 'number'>) => number | undefined> {
    const { entries } = this.history;
    const places: Partial<Record<Lane, Uint32Array>> = {};
    for (const lane of LANES) {
      const count = entries?.[lane] ?? 0;
      const key = this.history.keys[lane];
      if (count === 0 || key === undefined) continue;
      const texts = this.history.entriesOf(lane);
      if (!texts.includes(LOST_ENTRY) && (await shuffleKeyOf(seed, lane, texts)) !== key)
        this.#fault(`key ${lane}`, `The shuffle of lane ${lane} was not made from the seed and the ${count} entries.`);
      if (this.history.lanes[lane].lastEntry > count)
        this.#fault(
          `entries ${lane}`,
          `Lane ${lane} has an entry with number ${this.history.lanes[lane].lastEntry}, and ${count} were shuffled.`,
        );
      places[lane] = await shufflePlaces(key, count);
    }
    return ({ lane, number }) => {
      if (number > (entries?.[lane] ?? 0)) return entries === undefined ? undefined : number;
      return places[lane]?.[number - 1];
    };
  }

  #begin(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch);
    for (const lane of LANES) this.turns[lane].begin(epoch, this.history.lanes[lane].served);
  }

  #join(userId: string, ticket: Ticket): void {
    const { lane, number, at } = ticket;
    const user = hash32(userId);
    const owner = this.#users[lane][number];
    if (owner === user) return;
    if (owner !== undefined) {
      this.#fault(`${lane}${number}`, `Number ${number} of lane ${lane} was given to user ${userId} and to another user.`);
      return;
    }
    this.#users[lane][number] = user;
    this.#joinedAt[lane][number] = Math.floor(at / 1_000);
    const last = this.#tickets.get(userId);
    this.#tickets.set(userId, 2 * number + (lane === 'p' ? 1 : 0));
    if (last === undefined) return;
    const before: Lane = last % 2 === 1 ? 'p' : 'n';
    const other = { lane: before, number: last >>> 1, at: 1_000 * (this.#joinedAt[before][last >>> 1] ?? 0) };
    // The earlier one may have been stored late.
    const isLater = other.at <= at;
    this.rejoined.push({ userId, before: isLater ? other : ticket, after: isLater ? ticket : other });
  }

  /** A gateway publishes a claim each time that its user asks for it. */
  #take(taken: Taken): void {
    const last = this.#lastTaken.get(taken.userId);
    const { lane, number, place, until, isVoid } = taken;
    if (last?.lane === lane && last.number === number && last.place === place && last.until === until && last.isVoid === isVoid)
      return;
    this.#lastTaken.set(taken.userId, taken);
    this.taken.push(taken);
  }

  #close(closed: NonNullable<RoomEvent['closed']>): void {
    this.#closed ??= closed;
    for (const lane of LANES) {
      const [first, now] = [this.#closed[lane], closed[lane]];
      if (first.count !== now.count || first.key !== now.key)
        this.#fault(
          `closed ${lane}`,
          `Lane ${lane} was shuffled twice: ${first.count} entries with key ${first.key}, then ${now.count} with key ${now.key}.`,
        );
    }
  }

  #fault(id: string, says: string): void {
    this.faults.push({ id, says });
  }
}
