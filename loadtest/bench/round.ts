import type { BenchContext } from './measure/context.ts';
import type { RowRun } from './measure/row.ts';
import { openBenchSale } from './measure/sales.ts';
import {
  bare,
  loseInRedis,
  naive,
  notStarted,
  openLosingSales,
  rateLimited,
  soldOut,
  soldOutThroughNginx,
} from './rows/losing.ts';
import { onlookersOf, winBesideLive, winBesidePolling } from './rows/onlookers.ts';
import { waitForOrders, win } from './rows/winning.ts';
import { cancels, orders } from './rows/working.ts';

const PLENTY = 10_000_000;
const WITHIN_MS = 300_000;
/** Long enough that no order falls due while the orders are still being made. */
const PAY_TIMEOUT_SECONDS = 20;

/** Runs every row once, and calls `tell` after each. */
export async function runRound(context: BenchContext, tell: (run: RowRun) => void): Promise<RowRun[]> {
  const runs: RowRun[] = [];
  const done = (run: RowRun) => {
    runs.push(run);
    tell(run);
    return run;
  };
  const { operator, platform } = context;
  const losing = await openLosingSales(context);
  const everything = await openBenchSale(operator, { title: 'bench win, worker at work', stock: PLENTY });
  const light = await openBenchSale(operator, { title: 'bench win', stock: PLENTY, payTimeoutSeconds: PAY_TIMEOUT_SECONDS });

  const [beside1, beside2, throughNginx] = [
    await openBenchSale(operator, { title: 'bench win beside polling', stock: PLENTY, payTimeoutSeconds: PAY_TIMEOUT_SECONDS }),
    await openBenchSale(operator, { title: 'bench win beside live', stock: PLENTY, payTimeoutSeconds: PAY_TIMEOUT_SECONDS }),
    await openBenchSale(operator, { title: 'bench win through nginx', stock: PLENTY }),
  ];
  const onlookers = await onlookersOf(context);

  const together = await win(context, everything, 'win, worker at work');
  together.faults.push(...(await waitForOrders(context, everything, together.count, WITHIN_MS)));
  done(together);

  // Light path and heavy path apart: first only wins, then only orders. The other sales' wins and deadlines lie before those of `light` in
  // their streams: when a worker that has just started reaches them, its code is compiled, as in every other row.
  await platform.stopWorkers();
  done(await bare(context, losing));
  if (platform.nginxUrl !== undefined) done(await win(context, throughNginx, 'win, nginx', platform.nginxUrl));
  done(await winBesidePolling(context, beside1, onlookers));
  const { count: wins } = done(await win(context, light));
  const live = await winBesideLive(context, beside2, onlookers);
  if (live !== undefined) done(live);
  done(await bare(context, losing));
  done(await orders(context, light, wins));
  await platform.stopWorkers();

  for (const row of [bare, notStarted, soldOut, bare, rateLimited, loseInRedis, bare, naive]) done(await row(context, losing));
  if (platform.nginxUrl !== undefined) done(await soldOutThroughNginx(context, losing, platform.nginxUrl));
  done(await cancels(context, light, wins));
  return runs;
}
