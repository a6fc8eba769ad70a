import type { BenchContext } from './measure/context.ts';
import type { RowRun } from './measure/row.ts';
import type { BenchSale } from './measure/sales.ts';
import { bare, loseInRedis, naive, notStarted, openLosingSales, rateLimited, soldOut } from './rows/losing.ts';
import { onlookersOf, winBesideLive, winBesidePolling } from './rows/onlookers.ts';
import { winWithTenRules } from './rows/ten-rules.ts';
import { openWinningSales, win, winWithWorker } from './rows/winning.ts';
import { type Backlog, cancels, orders } from './rows/working.ts';
import type { StoryRow } from './story.ts';
import { BARE } from './summarise.ts';

type Tell = (run: RowRun) => void;
type Measures = Partial<Record<StoryRow, () => Promise<RowRun>>>;

/**
 * Measures each wanted row once, and calls `tell` after each. The order is not that of the story: rows without workers stand together, and
 * losing rows fill the time until the orders fall due.
 */
export async function runRound(context: BenchContext, wanted: ReadonlySet<StoryRow>, tell: Tell): Promise<RowRun[]> {
  const { platform } = context;
  const { nginxUrl } = platform;
  const losing = await openLosingSales(context);
  const winning = await openWinningSales(context, { dueSoon: wanted.has('cancels') });
  const onlookers = wanted.has('win beside polling') || wanted.has('win beside live') ? await onlookersOf(context) : [];
  const round = new Round(wanted, tell, () => bare(context, losing.soldOut));

  await round.besideBare({ 'win with worker': () => winWithWorker(context, winning.withWorker) });

  // Light path and heavy path apart: first only wins, then only orders. The wins and deadlines of `win` come last in their streams.
  await platform.stopWorkers();
  if (nginxUrl !== undefined) {
    await round.besideBare({ 'win through nginx': () => win(context, winning.throughNginx, 'win through nginx', nginxUrl) });
  }
  await round.besideBare({
    'win beside polling': () => winBesidePolling(context, winning.besidePolling, onlookers),
    'win beside live': () => winBesideLive(context, winning.besideLive, onlookers),
    'win with ten rules': () => winWithTenRules(context, winning.withRules),
    win: () => win(context, winning.alone),
  });
  const dueSoon = [
    ...round.backlog('win beside polling', winning.besidePolling),
    ...round.backlog('win beside live', winning.besideLive),
    ...round.backlog('win with ten rules', winning.withRules),
    ...round.backlog('win', winning.alone),
  ];
  const backlog = [...round.backlog('win through nginx', winning.throughNginx), ...dueSoon];
  await round.measure({ orders: () => orders(context, backlog) });

  await round.besideBare({
    'not started': () => notStarted(context, losing),
    'rate limited': () => rateLimited(context, losing),
  });
  await round.besideBare({ 'sold out': () => soldOut(context, losing), 'lose in Redis': () => loseInRedis(context, losing) });
  await round.besideBare({ naive: () => naive(context, losing) });
  await round.measure({ cancels: () => cancels(context, dueSoon) });
  await platform.startWorkers();
  return round.runs;
}

class Round {
  readonly runs: RowRun[] = [];
  readonly #wanted: ReadonlySet<StoryRow>;
  readonly #tell: Tell;
  readonly #bare: () => Promise<RowRun>;

  constructor(wanted: ReadonlySet<StoryRow>, tell: Tell, bare: () => Promise<RowRun>) {
    this.#wanted = wanted;
    this.#tell = tell;
    this.#bare = bare;
  }

  /** Measures those of the rows that are wanted, with a bare row before and after them. Neighbours share the bare row between them. */
  async besideBare(measures: Measures): Promise<void> {
    if (this.#wantedOf(measures).length === 0) return;
    if (this.runs.at(-1)?.row !== BARE) this.#take(await this.#bare());
    await this.measure(measures);
    this.#take(await this.#bare());
  }

  async measure(measures: Measures): Promise<void> {
    for (const row of this.#wantedOf(measures)) this.#take(await row());
  }

  /** The wins of a row, none if it was not measured. */
  backlog(name: StoryRow, sale: BenchSale): Backlog[] {
    return this.runs.flatMap(({ row, count }) => (row === name ? [{ sale, wins: count }] : []));
  }

  #wantedOf(measures: Measures): (() => Promise<RowRun>)[] {
    return Object.entries(measures).flatMap(([name, measure]) => (this.#wanted.has(name as StoryRow) ? [measure] : []));
  }

  #take(run: RowRun): void {
    this.runs.push(run);
    this.#tell(run);
  }
}
