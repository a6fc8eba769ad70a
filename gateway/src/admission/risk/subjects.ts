import { type NumericAddress, networkKey, readAddress, SUBNET_BITS } from 'seckill-core';
import { TwoGenerations } from '../../catalogue/two-generations.ts';
import { IN_NO_LIST, type Membership } from './list-index.ts';
import { Crowd, Meter, PairBudget } from './meters.ts';

export type SubjectKind = 'user' | 'address' | 'subnet' | 'device';

/** What is counted for one user, address, subnet or device. */
export class Subject {
  readonly key: string;
  /** Stands for it in the crowds of others. */
  readonly number: number;
  /** Made when there is something to count: most users try once. */
  #meters: (Meter | undefined)[] | undefined;
  #crowds: (Crowd | undefined)[] | undefined;
  /** The lists that it is in, as of {@link listedIn}. */
  lists: Readonly<Membership> = IN_NO_LIST;
  /** The version of the lists. */
  listedIn = -1;
  /** Only of an address that is one. */
  address: NumericAddress | undefined;
  /** Only of an address that is one. */
  subnet: string | undefined;
  /** The rules that have found this user. */
  found: Set<string> | undefined;

  constructor(key: string, number: number) {
    this.key = key;
    this.number = number;
  }

  meter(slot: number): Meter {
    const known = this.#meters?.[slot];
    if (known !== undefined) return known;
    const meter = new Meter();
    this.#meters ??= [];
    while (this.#meters.length < slot) this.#meters.push(undefined);
    this.#meters[slot] = meter;
    return meter;
  }

  /** Returns undefined if nothing was counted yet. */
  meterIfAny(slot: number): Meter | undefined {
    return this.#meters?.[slot];
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

/** How many a gateway surely remembers of each kind. Together they take about 30 MB if all are in use. */
const KEPT: Readonly<Record<SubjectKind, number>> = { user: 20_000, address: 20_000, subnet: 10_000, device: 20_000 };

/** What a gateway has counted lately. Whoever was not seen for long is forgotten first. */
export class SubjectMemory {
  readonly #kinds = {
    user: new TwoGenerations<Subject>(KEPT.user),
    address: new TwoGenerations<Subject>(KEPT.address),
    subnet: new TwoGenerations<Subject>(KEPT.subnet),
    device: new TwoGenerations<Subject>(KEPT.device),
  };
  readonly pairs = new PairBudget();
  #next = 0;

  of(kind: SubjectKind, key: string): Subject {
    const known = this.#kinds[kind].get(key);
    if (known !== undefined) return known;
    const subject = new Subject(key, this.#next++);
    if (kind === 'address') {
      subject.address = readAddress(key);
      if (subject.address !== undefined) subject.subnet = networkKey(subject.address, SUBNET_BITS[subject.address.version]);
    }
    this.#kinds[kind].set(key, subject);
    return subject;
  }
}
