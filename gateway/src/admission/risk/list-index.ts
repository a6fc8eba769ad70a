import {
  ALLOW_LIST,
  DENY_LIST,
  type EntryKind,
  type KnownEntry,
  type NumericAddress,
  networkKey,
  type RiskSettings,
  readCidr,
} from 'seckill-core';

/** One bit for each list. */
export type Lists = number;
export const ALLOWED: Lists = 1;
export const DENIED: Lists = 2;
/** Bits of a number that are fast to work with, without the two above. */
const MOST_NAMED = 28;

/** The lists that a value is in: of every sale, and of some. */
export interface Membership {
  always: Lists;
  bySale: Map<string, Lists> | undefined;
}

export const IN_NO_LIST: Readonly<Membership> = { always: 0, bySale: undefined };

/** The entries of the lists that matter, by kind and value. Networks are found by one look-up for each length of prefix that is in use. */
export class ListIndex {
  readonly #bits: ReadonlyMap<string, Lists>;
  readonly #values: Record<Exclude<EntryKind, 'subnet'>, Map<string, Membership>>;
  readonly #networks = new Map<string, Membership>();
  readonly #prefixes = { 4: new Set<number>(), 6: new Set<number>() };
  /** When the next entry expires, ms since 1970; Infinity if none does. */
  readonly nextExpiry: number;

  /** `named` are the lists that rules name. Entries of others, and those that have expired at `time`, are left out. */
  constructor({ entries }: Pick<RiskSettings, 'entries'>, named: readonly string[], time: number) {
    this.#bits = new Map([
      [ALLOW_LIST, ALLOWED],
      [DENY_LIST, DENIED],
      ...named.slice(0, MOST_NAMED).map((name, i) => [name, 4 << i] as const),
    ]);
    this.#values = { user: new Map(), address: new Map(), device: new Map(), asn: new Map() };
    let nextExpiry = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      const { expiresAt = Number.POSITIVE_INFINITY } = entry;
      if (expiresAt <= time) continue;
      nextExpiry = Math.min(nextExpiry, expiresAt);
      this.#add(entry);
    }
    this.nextExpiry = nextExpiry;
  }

  /** Whether any entry is of this kind. */
  has(kind: EntryKind): boolean {
    return (kind === 'subnet' ? this.#networks : this.#values[kind]).size > 0;
  }

  bitsOf(lists: readonly string[]): Lists {
    return lists.reduce((bits, list) => bits | (this.#bits.get(list) ?? 0), 0);
  }

  of(kind: Exclude<EntryKind, 'subnet'>, value: string): Readonly<Membership> {
    return this.#values[kind].get(value) ?? IN_NO_LIST;
  }

  /** The lists with an address or a network around it. */
  ofAddress(text: string, address: NumericAddress | undefined): Readonly<Membership> {
    let found = this.of('address', text);
    if (address === undefined) return found;
    for (const bits of this.#prefixes[address.version]) {
      const network = this.#networks.get(networkKey(address, bits));
      if (network !== undefined) found = joined(found, network);
    }
    return found;
  }

  #add({ list, kind, value, saleId }: KnownEntry): void {
    const bit = this.#bits.get(list);
    if (bit === undefined) return;
    let key = value;
    if (kind === 'subnet') {
      const cidr = readCidr(value);
      if (cidr === undefined) return;
      this.#prefixes[cidr.address.version].add(cidr.bits);
      key = networkKey(cidr.address, cidr.bits);
    }
    const values = kind === 'subnet' ? this.#networks : this.#values[kind];
    const membership = values.get(key) ?? { always: 0, bySale: undefined };
    values.set(key, membership);
    if (saleId === undefined) membership.always |= bit;
    else {
      membership.bySale ??= new Map();
      membership.bySale.set(saleId, (membership.bySale.get(saleId) ?? 0) | bit);
    }
  }
}

export function listsFor({ always, bySale }: Readonly<Membership>, saleId: string): Lists {
  return bySale === undefined ? always : always | (bySale.get(saleId) ?? 0);
}

function joined(one: Readonly<Membership>, other: Readonly<Membership>): Membership {
  const bySale = new Map(one.bySale);
  for (const [saleId, lists] of other.bySale ?? []) bySale.set(saleId, (bySale.get(saleId) ?? 0) | lists);
  return { always: one.always | other.always, bySale: bySale.size === 0 ? undefined : bySale };
}
