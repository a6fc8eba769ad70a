import type { ProcessPulse } from 'seckill-core';

export type Counts = Readonly<Record<string, number>>;

/** Answer counts by outcome, in total and by item, with their latency buckets. */
export interface Totals {
  answers: Counts;
  items: Readonly<Record<string, Counts>>;
  latencyWon: readonly number[];
  latencyOthers: readonly number[];
}

export const NO_TOTALS: Totals = { answers: {}, items: {}, latencyWon: [], latencyOthers: [] };

/** A gateway that was already older than this at its first pulse has counted answers that were not seen here. */
const NEW_MS = 3_000;

/** Sums over all gateways that ever sent a pulse. The counts of a stopped gateway stay in the sum. */
export class AnswerTotals {
  readonly #gateways = new Map<string, { first: Totals; latest: Totals }>();

  add({ processId, startedAt, gateway }: ProcessPulse): void {
    if (gateway === undefined) return;
    const known = this.#gateways.get(processId);
    const items = { ...known?.latest.items };
    for (const [itemId, counts] of Object.entries(gateway.grown)) items[itemId] = sumOf([items[itemId] ?? {}, counts]);
    const latest = { ...gateway, items };
    const first = known?.first ?? (Date.now() - startedAt < NEW_MS ? NO_TOTALS : latest);
    this.#gateways.set(processId, { first, latest });
  }

  /** Counted since the gateways started, as their metrics show it. */
  answers(): Counts {
    return sumOf(Array.from(this.#gateways.values(), ({ latest }) => latest.answers));
  }

  /** Counted since each gateway's first pulse here: the basis of rates. */
  grown(): Totals {
    const grown = Array.from(this.#gateways.values(), ({ first, latest }) => growth(latest, first));
    const items: Record<string, Counts> = {};
    for (const { items: more } of grown) {
      for (const [itemId, counts] of Object.entries(more)) items[itemId] = sumOf([items[itemId] ?? {}, counts]);
    }
    return {
      answers: sumOf(grown.map(({ answers }) => answers)),
      items,
      latencyWon: sumOfLists(grown.map(({ latencyWon }) => latencyWon)),
      latencyOthers: sumOfLists(grown.map(({ latencyOthers }) => latencyOthers)),
    };
  }
}

export function growth(now: Totals, before: Totals): Totals {
  return {
    answers: more(now.answers, before.answers),
    items: Object.fromEntries(Object.entries(now.items).map(([itemId, counts]) => [itemId, more(counts, before.items[itemId])])),
    latencyWon: now.latencyWon.map((count, i) => count - (before.latencyWon[i] ?? 0)),
    latencyOthers: now.latencyOthers.map((count, i) => count - (before.latencyOthers[i] ?? 0)),
  };
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const counts of all) for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function more(now: Counts, before: Counts = {}): Counts {
  return Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}

function sumOfLists(lists: readonly (readonly number[])[]): number[] {
  const sum: number[] = [];
  for (const list of lists) for (const [i, count] of list.entries()) sum[i] = (sum[i] ?? 0) + count;
  return sum;
}
