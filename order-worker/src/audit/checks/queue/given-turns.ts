import type { Lane } from 'seckill-core';
import type { RoomFault } from './room-fault.ts';

interface Batch {
  from: number;
  upTo: number;
  /** ms. */
  at: number;
  epoch: number;
  isVoid: boolean;
}

/** The turns that were given in one lane. */
export class GivenTurns {
  readonly #lane: Lane;
  readonly #batches: Batch[] = [];
  /** The places that were served when each epoch began. */
  readonly #servedBefore = new Map<number, number>();
  /** By place, when it was first served; filled by {@link settle}. */
  #servedAt = new Float64Array();

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  begin(epoch: number, served: number): void {
    this.#servedBefore.set(epoch, served);
  }

  add(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** Returns places that were served twice: in one epoch, or again after a rebuild. Call it before {@link servedAt}. */
  settle(): RoomFault[] {
    const faults: RoomFault[] = [];
    const batches = this.#batches.toSorted((a, b) => a.epoch - b.epoch || a.from - b.from || a.at - b.at);
    for (const [i, { from, upTo, at, epoch, isVoid }] of batches.entries()) {
      const before = batches[i - 1];
      const isRepeated = before?.epoch === epoch && before.from === from && before.upTo === upTo && before.at === at;
      const served = Math.max(this.#servedBefore.get(epoch) ?? 0, before?.epoch === epoch ? before.upTo : 0);
      if (!isVoid && !isRepeated && from <= served) faults.push(this.#twice(from, Math.min(upTo, served)));
    }
    this.#fill();
    return faults;
  }

  /** Returns when this place had its turn, ms. Undefined if the stream does not say: a gateway may have died before it published the turn. */
  servedAt(place: number): number | undefined {
    const at = this.#servedAt[place];
    return at === undefined || at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  #fill(): void {
    const last = this.#batches.reduce((most, { upTo }) => Math.max(most, upTo), 0);
    const servedAt = new Float64Array(last + 1).fill(Number.POSITIVE_INFINITY);
    for (const { from, upTo, at } of this.#batches)
      for (let place = from; place <= upTo; place += 1) servedAt[place] = Math.min(servedAt[place] ?? at, at);
    this.#servedAt = servedAt;
  }

  #twice(from: number, upTo: number): RoomFault {
    const id = `${this.#lane}:${from}-${upTo}`;
    return { id, says: `Places ${from} to ${upTo} of lane ${this.#lane} were given a turn twice.` };
  }
}
