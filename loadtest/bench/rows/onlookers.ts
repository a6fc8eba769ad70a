import { findOnlookers, type Onlooker, openLive } from 'simulation';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';
import { win } from './winning.ts';

const ONLOOKERS = 2_000;
/** Polling interval of a page without live events. */
const POLL_EVERY_MS = 3_000;

/** Call it while the workers run. */
export async function onlookersOf({ operator, client, gateway }: BenchContext): Promise<Onlooker[]> {
  const { saleId, itemIds } = await openBenchSale(operator, { title: 'bench onlookers', stock: ONLOOKERS });
  return findOnlookers(client, { gateway, saleId, itemId: itemIds[0] ?? '', count: ONLOOKERS });
}

/** Wins while every onlooker polls every three seconds. */
export async function winBesidePolling(context: BenchContext, sale: BenchSale, onlookers: readonly Onlooker[]): Promise<RowRun> {
  const { client, gateway } = context;
  let next = 0;
  let polls = 0;
  const from = performance.now();
  const timer = setInterval(() => {
    for (let due = 0; due < (ONLOOKERS * 10) / POLL_EVERY_MS; due += 1) {
      const { accessToken, reservationId } = onlookers[next++ % onlookers.length] ?? { accessToken: '', reservationId: '' };
      const url = `${gateway}/api/reservations/${reservationId}`;
      client.request({ method: 'GET', url, bearer: accessToken, pool: 'polling' }).then(
        ({ status }) => {
          if (status === 200) polls += 1;
        },
        () => undefined,
      );
    }
  }, 10);
  const run = await win(context, sale, 'win beside polling');
  clearInterval(timer);
  if (polls === 0) run.faults.push('win beside polling: no poll was answered 200');
  run.extra['pollsPerSecond'] = (polls * 1000) / (performance.now() - from);
  return run;
}

/** Wins while every onlooker has the live stream open. */
export async function winBesideLive(context: BenchContext, sale: BenchSale, onlookers: readonly Onlooker[]): Promise<RowRun> {
  const streams = await Promise.all(onlookers.map((onlooker) => openLive(context.gateway, onlooker)));
  const open = streams.filter(({ statusCode }) => statusCode === 200);
  try {
    const run = await win(context, sale, 'win beside live');
    if (open.length < ONLOOKERS) run.faults.push(`win beside live: only ${open.length} streams were opened`);
    return run;
  } finally {
    for (const stream of streams) stream.destroy();
  }
}
