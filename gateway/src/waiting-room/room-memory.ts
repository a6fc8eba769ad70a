import type { Lane, RoomState, SaleWithRoom, UnitsRead } from 'seckill-core';
import { AdmissionRates } from './admission-rates.ts';

/** What is left of a sale, as last read. `left`: units that can be won now. */
export interface UnitsKnown extends UnitsRead {
  /** Units that are left, also those that are held back for a moment after they returned. */
  unsold: number;
  /** Units in orders that are not paid yet. Undefined if that is not known. */
  unpaid: number | undefined;
}

/** The gateway's memory of one waiting room: the state of the last tick, and the places of its shuffle. */
export class RoomMemory {
  sale: SaleWithRoom;
  /** Undefined until the first tick, and while Redis does not know the room. */
  state: RoomState | undefined;
  units: UnitsKnown | undefined;
  /** The highest progress that Redis has replied for this room. */
  progress = 0;
  /** Monotonic time of the last tick that Redis answered. */
  readAt = Number.NEGATIVE_INFINITY;
  /** Monotonic time at which the room was last asked for. */
  askedAt = Number.NEGATIVE_INFINITY;
  readonly rates = new AdmissionRates();
  readonly #places: Record<Lane, { key: string; places: Uint32Array } | undefined> = { n: undefined, p: undefined };

  constructor(sale: SaleWithRoom) {
    this.sale = sale;
  }

  learn(state: RoomState, at: number): void {
    this.state = state;
    this.readAt = at;
    this.note(state.progress);
    // Before the start no one is served: that time would make a wait look longer than it is.
    if (state.now >= this.sale.startsAt) this.rates.note(state.now, state.served.n + state.served.p);
  }

  /** The scripts reply the room's progress; the highest one counts. */
  note(progress: number): void {
    if (progress > this.progress) this.progress = progress;
  }

  /** Redis does not know the room. */
  lose(): void {
    this.state = undefined;
  }

  setPlaces(lane: Lane, key: string, places: Uint32Array): void {
    this.#places[lane] = { key, places };
  }

  hasPlaces(lane: Lane, key: string): boolean {
    return this.#places[lane]?.key === key;
  }

  /** The place of a ticket in its lane. Undefined before the shuffle. */
  placeOf(lane: Lane, number: number): number | undefined {
    const { state } = this;
    if (state?.entries === undefined) return undefined;
    if (number > state.entries[lane]) return number;
    const shuffled = this.#places[lane];
    return shuffled === undefined || shuffled.key !== state.keys[lane] ? undefined : shuffled.places[number - 1];
  }

  /** How many people of both lanes get their turn before this place. */
  aheadOf(lane: Lane, place: number): number {
    const { state, sale } = this;
    if (state === undefined) return 0;
    const own = Math.max(0, place - state.served[lane] - 1);
    const weight = sale.waitingRoom.priorityWeight;
    const other = lane === 'p' ? 'n' : 'p';
    const waiting = Math.max(0, state.joined[other] - state.served[other]);
    return own + Math.min(waiting, lane === 'p' ? Math.floor(own / weight) : weight * (own + 1));
  }

  /** No unit is left, and none can come back: all are paid. Only a refund changes that. */
  get isSoldOutForGood(): boolean {
    return this.units?.unsold === 0 && this.units.unpaid === 0;
  }
}
