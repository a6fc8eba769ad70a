import { scenario } from 'k6/execution';
import type { Options } from 'k6/options';
import { alwaysKept, record, winHasOrder } from './shop/answers.ts';
import { checkBooks } from './shop/books.ts';
import { login, reserve, waitForOrder } from './shop/buyer.ts';
import { openSale, type Sale } from './shop/operator.ts';
import { ms, setting } from './shop/settings.ts';
import { fetchTokens, sleepUntil, type Tokens, tokenOf, userOf } from './shop/tokens.ts';

/**
 * Open loop: the load jumps from nothing to its peak at the start. No buyer waits for another's answer before clicking, so a platform that
 * slows down gets no relief. Every buyer clicks a second time later.
 */
const BUYERS = setting('BUYERS', 3_000);
const STOCK = setting('STOCK', 300);
const PEAK = setting('PEAK', 1_000);

const RUSH_SECONDS = Math.ceil(BUYERS / PEAK);

export const options: Options = {
  scenarios: {
    rush: {
      executor: 'ramping-arrival-rate',
      startRate: PEAK,
      timeUnit: '1s',
      preAllocatedVUs: 500,
      maxVUs: 1_000,
      stages: [
        { target: PEAK, duration: `${RUSH_SECONDS}s` },
        { target: Math.ceil(PEAK / 5), duration: '2s' },
        { target: Math.ceil(PEAK / 5), duration: '3s' },
      ],
    },
  },
  setupTimeout: '5m',
  teardownTimeout: '3m',
  thresholds: {
    ...alwaysKept,
    answer_reserved: [`p(99)<${ms(1_000)}`],
    answer_sold_out: [`p(95)<${ms(250)}`],
    answer_duplicate: [`p(95)<${ms(250)}`],
    units_won: [`count==${Math.min(STOCK, BUYERS)}`],
    win_has_order: ['rate==1'],
    win_to_order: [`p(95)<${ms(3_000)}`],
    // Clicks that k6 dropped because all virtual users were waiting: the loop was not open.
    dropped_iterations: [`count<${ms(BUYERS / 20)}`],
  },
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

interface Prepared {
  sale: Sale;
  tokens: Tokens;
}

export function setup(): Prepared {
  const sale = openSale({
    title: 'rush',
    stock: STOCK,
    startsInSeconds: 5 + BUYERS / 300,
    // Returned units would go to buyers who have not clicked yet, so there would be more winners than stock.
    payTimeoutSeconds: RUSH_SECONDS + 10,
    ratePerSecond: 100_000,
    burst: 100_000,
  });
  const tokens = fetchTokens(sale, 'rush', BUYERS);
  sleepUntil(sale.startsAt + 5);
  return { sale, tokens };
}

export default function ({ tokens }: Prepared): void {
  const click = scenario.iterationInTest;
  const buyer = click % tokens.count;
  const token = tokenOf(tokens, buyer);
  const { code, reservationId, ms: took } = reserve(token);
  const second = click >= tokens.count;
  record(second && code === 'RESERVED' ? 'DUPLICATE' : code, took);
  if (code !== 'RESERVED') return;
  // Whichever click wins, the reservation has the id inside the token.
  if (reservationId !== token.slice(0, 36)) winHasOrder.add(false);
  else if (!second) waitForOrder(login(userOf(tokens, buyer)), reservationId);
}

export function teardown({ sale }: Prepared): void {
  checkBooks(sale, 60);
}
