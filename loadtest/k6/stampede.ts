import { check } from 'k6';
import { scenario } from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { alwaysKept, record, winHasOrder } from './shop/answers.ts';
import { checkBooks } from './shop/books.ts';
import { login, reserve, waitForOrder } from './shop/buyer.ts';
import { openSale, type Sale } from './shop/operator.ts';
import { gateway, ms, setting } from './shop/settings.ts';
import { fetchTokens, sleepUntil, type Tokens, tokenOf, userOf } from './shop/tokens.ts';

/**
 * Before the start, pages poll and buyers hammer the API although the answers say how long to wait. No buyer may win early, refusals must
 * stay cheap, and the load before the start must not slow down the sale's first second.
 */
const BUYERS = setting('BUYERS', 1_000);
const STOCK = setting('STOCK', 100);
const CLICKS = setting('CLICKS', 600);
const POLLS = setting('POLLS', 200);
const BEFORE_SECONDS = setting('BEFORE', 8);
const AFTER_SECONDS = 5;

const wonEarly = new Counter('won_early');
const toldWrongWait = new Counter('told_wrong_wait');
const saleInfo = new Trend('sale_info', true);

export const options: Options = {
  scenarios: {
    hammering: {
      executor: 'constant-arrival-rate',
      exec: 'click',
      rate: CLICKS,
      timeUnit: '1s',
      duration: `${BEFORE_SECONDS + AFTER_SECONDS}s`,
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
    polling: {
      executor: 'constant-arrival-rate',
      exec: 'poll',
      rate: POLLS,
      timeUnit: '1s',
      duration: `${BEFORE_SECONDS + AFTER_SECONDS}s`,
      preAllocatedVUs: 30,
      maxVUs: 200,
    },
  },
  setupTimeout: '5m',
  teardownTimeout: '3m',
  thresholds: {
    ...alwaysKept,
    won_early: ['count<1'],
    told_wrong_wait: ['count<1'],
    answer_not_started: [`p(95)<${ms(100)}`],
    answer_reserved: [`p(99)<${ms(1_000)}`],
    sale_info: [`p(95)<${ms(250)}`],
    units_won: [`count>=${Math.min(STOCK, BUYERS)}`],
    win_has_order: ['rate==1'],
    checks: ['rate==1'],
  },
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

interface Prepared {
  sale: Sale;
  tokens: Tokens;
}

export function setup(): Prepared {
  const prepareSeconds = 3 + BUYERS / 300;
  const sale = openSale({
    title: 'stampede',
    stock: STOCK,
    startsInSeconds: prepareSeconds + BEFORE_SECONDS,
    payTimeoutSeconds: 10,
    ratePerSecond: 100_000,
    burst: 100_000,
  });
  const tokens = fetchTokens(sale, 'stampede', BUYERS);
  sleepUntil(sale.startsAt - BEFORE_SECONDS * 1000);
  return { sale, tokens };
}

/** Tolerance for clock differences, so that a win at the start does not count as early. */
const SKEW_MS = 50;

export function click({ sale, tokens }: Prepared): void {
  const at = scenario.iterationInTest;
  const buyer = at % tokens.count;
  const token = tokenOf(tokens, buyer);
  const askedAt = Date.now();
  const { code, reservationId, retryAfterMs, ms: took } = reserve(token);
  const answeredAt = Date.now();
  record(code, took);
  // It was said somewhere between the two.
  const told = [askedAt + retryAfterMs - 1_000, answeredAt + retryAfterMs + 1_000] as const;
  if (code === 'NOT_STARTED' && (sale.startsAt < told[0] || sale.startsAt > told[1])) toldWrongWait.add(1);
  if (code !== 'RESERVED') return;
  if (answeredAt < sale.startsAt - SKEW_MS) wonEarly.add(1);
  if (reservationId !== token.slice(0, 36)) winHasOrder.add(false);
  else if (at % 3 === 0) waitForOrder(login(userOf(tokens, buyer)), reservationId);
}

export function poll({ sale }: Prepared): void {
  const response = http.get(`${gateway()}/api/sales/${sale.saleId}`, { tags: { name: 'sale' } });
  saleInfo.add(response.timings.duration);
  check(response, {
    'the sale is shown': ({ status }) => status === 200,
    // nginx's cached answer may be two seconds old.
    'it says UPCOMING before the start': ({ body }) =>
      Date.now() > sale.startsAt - 1_000 || JSON.parse(String(body)).state === 'UPCOMING',
  });
}

export function teardown({ sale }: Prepared): void {
  checkBooks(sale, 60);
}
