import { type NumericAddress, networkKey, readAddress, SUBNET_BITS } from 'seckill-core';
import { type Slot, SlotTable } from '../../catalogue/slot-table.ts';
import { TwoGenerations } from '../../catalogue/two-generations.ts';
import { IN_NO_LIST, type Membership } from './list-index.ts';
import { Crowd, countInWindow, METER_SIZE, PairBudget } from './meters.ts';

export type SubjectKind = 'user' | 'address' | 'subnet' | 'device';

/** What is counted for one address, subnet or device. */
export class Subject {
  readonly key: string;
  readonly #meters: Float64Array;
  #crowds: (Crowd | undefined)[] | undefined;
  /** The lists that it is in, as of {@link listedIn}. */
  lists: Readonly<Membership> = IN_NO_LIST;
  /** The version of the lists. */
  listedIn = -1;
  /** Only of an address that is one. */
  address: NumericAddress | undefined;
  /** Only of an address that is one. */
  subnet: string | undefined;

  /** `meters` are counted for it. */
  constructor(key: string, meters: number) {
    this.key = key;
    this.#meters = new Float64Array(meters * METER_SIZE);
  }

  /** Counts `events` by one of its meters. Returns the events in the window. */
  count(slot: number, now: number, windowMs: number, events: number): number {
    return countInWindow(this.#meters, slot * METER_SIZE, now, windowMs, events);
  }

  crowd(slot: number, budget: PairBudget): Crowd {
    const known = this.#crowds?.[slot];
    if (known !== undefined) return known;
    const crowd = new Crowd(budget);
    this.#crowds ??= [];
    while (this.#crowds.length < slot) this.#crowds.push(undefined);
    this.#crowds[slot] = crowd;
    return crowd;
  }
}

/** How many a gateway surely remembers of each kind. Together they take about 20 MB if all are in use. */
const KEPT = { address: 20_000, subnet: 10_000, device: 20_000 };
/** A gateway remembers about 30 000 users, the last ones. */
const USER_SETS = 2 ** 13;

/** What a gateway has counted of users lately. Most try once, so it makes no object for a user. */
export class UserMemory {
  readonly #table: SlotTable;

  /** `meters` are counted for each user. */
  constructor(meters: number) {
    this.#table = new SlotTable({
      sets: USER_SETS,
      size: 1 + meters * METER_SIZE,
      usefulUntil: (numbers, at) => numbers[at] ?? 0,
    });
  }

  find(userId: string, now: number): Slot {
    const at = this.#table.find(userId, 0);
    this.#table.numbers[at] = now;
    return at;
  }

  /** Stands for the user in crowds. */
  numberOf(user: Slot): number {
    return this.#table.printOf(user);
  }

  /** Counts `events` by one of the user's meters. Returns the events in the window. */
  count(user: Slot, slot: number, now: number, windowMs: number, events: number): number {
    return countInWindow(this.#table.numbers, user + 1 + slot * METER_SIZE, now, windowMs, events);
  }
}

/** What a gateway has counted of others lately. What was not seen for long is forgotten first. */
export class SubjectMemory {
  readonly #kinds = {
    address: new TwoGenerations<Subject>(KEPT.address),
    subnet: new TwoGenerations<Subject>(KEPT.subnet),
    device: new TwoGenerations<Subject>(KEPT.device),
  };
  readonly #meters: Readonly<Record<keyof typeof KEPT, number>>;
  readonly pairs = new PairBudget();

  /** `meters` are counted for each subject of a kind. */
  constructor(meters: Readonly<Record<keyof typeof KEPT, number>>) {
    this.#meters = meters;
  }

  of(kind: keyof typeof KEPT, key: string): Subject {
    const known = this.#kinds[kind].get(key);
    if (known !== undefined) return known;
    const subject = new Subject(key, this.#meters[kind]);
    if (kind === 'address') {
      subject.address = readAddress(key);
      if (subject.address !== undefined) subject.subnet = networkKey(subject.address, SUBNET_BITS[subject.address.version]);
    }
    this.#kinds[kind].set(key, subject);
    return subject;
  }
}
