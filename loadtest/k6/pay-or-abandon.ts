import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { alwaysKept, record } from './shop/answers.ts';
import { checkBooks } from './shop/books.ts';
import { fetchToken, login, pay, reserve, waitFor, waitForOrder } from './shop/buyer.ts';
import { openSale, type Sale } from './shop/operator.ts';
import { ms, setting } from './shop/settings.ts';

/**
 * Whole journeys: sign in, token, click, order, pay or walk away. Unpaid units go back on sale, and buyers who received SOLD_OUT come back
 * for them.
 */
const BUYERS = setting('BUYERS', 150);
const STOCK = setting('STOCK', 40);
/** The share of the first winners who walk away; a buyer who came back for a returned unit pays for it. */
const ABANDON = setting('ABANDON', 0.3);
const PAY_TIMEOUT_SECONDS = setting('PAY_TIMEOUT', 5);
const PATIENCE_SECONDS = setting('PATIENCE', 30);

const paid = new Counter('orders_paid');
const cancelled = new Counter('orders_cancelled');
const resold = new Counter('orders_resold');
const cancelledEarly = new Counter('cancelled_early');
const paidInVain = new Counter('paid_in_vain');

export const options: Options = {
  scenarios: { journeys: { executor: 'per-vu-iterations', vus: BUYERS, iterations: 1, maxDuration: '5m' } },
  setupTimeout: '1m',
  teardownTimeout: '3m',
  thresholds: {
    ...alwaysKept,
    units_won: [`count>=${Math.min(STOCK, BUYERS)}`],
    win_has_order: ['rate==1'],
    win_to_order: [`p(95)<${ms(3_000)}`],
    orders_paid: [`count>=${Math.floor(STOCK * 0.8)}`, `count<=${STOCK}`],
    ...(ABANDON > 0 ? { orders_cancelled: ['count>0'], orders_resold: ['count>0'] } : {}),
    cancelled_early: ['count<1'],
    paid_in_vain: ['count<1'],
  },
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

export function setup(): Sale {
  return openSale({
    title: 'pay or abandon',
    stock: STOCK,
    startsInSeconds: 2,
    payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
    ratePerSecond: 1_000,
    burst: 20,
  });
}

export default function (sale: Sale): void {
  const accessToken = login(`journey-${sale.saleId.slice(0, 8)}-${__VU}`);
  const until = sale.startsAt + PATIENCE_SECONDS * 1000;
  const { reservationId, askedAt, cameBack } = tryToWin(accessToken, sale, until);
  if (reservationId === undefined || !waitForOrder(accessToken, reservationId)) return;
  if (cameBack) resold.add(1);
  if (!cameBack && Math.random() < ABANDON) walkAway(accessToken, reservationId, askedAt);
  else payFor(accessToken, reservationId);
}

interface Try {
  reservationId: string | undefined;
  /** Time at which the winning click was sent. */
  askedAt: number;
  /** Received SOLD_OUT before. */
  cameBack: boolean;
}

function tryToWin(accessToken: string, { saleId, itemId, startsAt }: Sale, until: number): Try {
  let purchaseToken: string | undefined;
  let cameBack = false;
  while (Date.now() < until) {
    if (purchaseToken === undefined) {
      const answer = fetchToken(accessToken, saleId, itemId);
      purchaseToken = answer.purchaseToken;
      if (answer.code === 'SOLD_OUT') cameBack = true;
      if (purchaseToken === undefined) {
        sleep(0.5);
        continue;
      }
    }
    sleep(Math.max(0, (startsAt - Date.now()) / 1000));
    const askedAt = Date.now();
    const { code, reservationId, retryAfterMs, ms: took } = reserve(purchaseToken);
    record(code, took);
    if (code === 'RESERVED') return { reservationId, askedAt, cameBack };
    if (code === 'SOLD_OUT') cameBack = true;
    else if (code !== 'RATE_LIMITED' && code !== 'NOT_STARTED') break;
    sleep(Math.max(0.2, retryAfterMs / 1000) + Math.random() * 0.2);
  }
  return { reservationId: undefined, askedAt: 0, cameBack };
}

function payFor(accessToken: string, reservationId: string): void {
  sleep(Math.random());
  if (!pay(accessToken, reservationId)) return;
  const end = waitFor(accessToken, reservationId, ['PAID', 'REFUNDED'], 20_000);
  if (end === 'PAID') paid.add(1);
  // The buyer paid, and received neither the unit nor a refund.
  else if (end !== 'REFUNDED') paidInVain.add(1);
}

function walkAway(accessToken: string, reservationId: string, askedAt: number): void {
  const status = waitFor(accessToken, reservationId, ['CANCELLED'], PAY_TIMEOUT_SECONDS * 1000 + 20_000);
  if (status === 'CANCELLED') cancelled.add(1);
  // The order was made after the click was sent, so its time to pay ends later than this, whatever the clocks say.
  if (Date.now() < askedAt + PAY_TIMEOUT_SECONDS * 1000) cancelledEarly.add(1);
}

export function teardown(sale: Sale): void {
  checkBooks(sale, PAY_TIMEOUT_SECONDS + 30);
}
