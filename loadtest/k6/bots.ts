import { check, sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import { alwaysKept, record } from './shop/answers.ts';
import { checkBooks } from './shop/books.ts';
import { type Answer, fetchToken, login, ordersOf, reserve, waitForOrder } from './shop/buyer.ts';
import { openSale, type Sale } from './shop/operator.ts';
import {
  beOfCrowd,
  beOfFarm,
  CONTESTED_STOCK,
  CROWD,
  FARM,
  populationThresholds,
  unwatchDevices,
  watchDevices,
} from './shop/populations.ts';
import { ms, setting } from './shop/settings.ts';

/**
 * One client that tries everything: the same token a thousand times, a new token each time, tampered tokens, the token of another sale,
 * impossible quantities. It must end up with one unit, as every buyer does, and must not slow down honest buyers noticeably.
 *
 * Beside it, a farm of accounts that share devices competes with an honest crowd for another sale, under a rule of risk control for that sale. The
 * summary shows the units of each (`crowd_units`, `farm_units`), the farm's share, and the honest buyers whom the rule held back.
 */
const TRIES = setting('TRIES', 1_000);
const HONEST = setting('HONEST', 200);
const STOCK = setting('STOCK', 500);

const botUnits = new Gauge('bot_orders');
const forged = new Counter('forged_tokens_accepted');
const otherReservation = new Counter('replay_with_another_id');

export const options: Options = {
  scenarios: {
    bot: { executor: 'per-vu-iterations', exec: 'bot', vus: 1, iterations: 1, maxDuration: '5m' },
    honest: { executor: 'shared-iterations', exec: 'honest', vus: Math.min(20, HONEST), iterations: HONEST, maxDuration: '5m' },
    crowd: { executor: 'shared-iterations', exec: 'crowd', vus: Math.min(20, CROWD), iterations: CROWD, maxDuration: '5m' },
    farm: { executor: 'shared-iterations', exec: 'farm', vus: Math.min(20, FARM), iterations: FARM, maxDuration: '5m' },
  },
  setupTimeout: '1m',
  teardownTimeout: '3m',
  thresholds: {
    ...alwaysKept,
    ...populationThresholds,
    bot_orders: ['value==1'],
    forged_tokens_accepted: ['count<1'],
    replay_with_another_id: ['count<1'],
    checks: ['rate==1'],
    answer_duplicate: [`p(95)<${ms(250)}`],
    answer_limit_reached: [`p(95)<${ms(250)}`],
    answer_token_invalid: [`p(95)<${ms(250)}`],
    units_won: [`count==${Math.min(STOCK, HONEST + 1)}`],
    win_has_order: ['rate==1'],
  },
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

interface Prepared {
  sale: Sale;
  other: Sale;
  contested: Sale;
}

export function setup(): Prepared {
  const both = { stock: STOCK, startsInSeconds: 0, payTimeoutSeconds: 20, ratePerSecond: 100_000, burst: 100_000 };
  const contested = openSale({ title: 'a crowd and a farm', ...both, stock: CONTESTED_STOCK });
  watchDevices(contested);
  return { contested, other: openSale({ title: 'another sale', ...both }), sale: openSale({ title: 'bots', ...both }) };
}

export function bot({ sale, other }: Prepared): void {
  const accessToken = login(`bot-${sale.saleId.slice(0, 8)}`);
  const token = tokenFor(accessToken, sale);
  const first = reserve(token);
  record(first.code, first.ms);
  check(first, { 'the first click wins': ({ code }) => code === 'RESERVED' });

  for (let i = 0; i < TRIES; i += 1) {
    // With the present status: its order may exist by now.
    const { status, code, reservationId, ms: took } = reserve(token);
    record(status === 202 ? 'DUPLICATE' : code, took);
    if (status !== 202 || reservationId !== first.reservationId) otherReservation.add(1);
  }
  const [forging, senselessOne] = [tokenFor(accessToken, sale), tokenFor(accessToken, sale)];
  for (let i = 0; i < TRIES / 10; i += 1) {
    const { purchaseToken, code } = fetchToken(accessToken, sale.saleId, sale.itemId);
    if (purchaseToken === undefined) check(code, { 'tokens are capped': () => code === 'TOO_MANY_TOKENS' });
    else check(reserveInTurn(purchaseToken), { 'a second unit is refused': (answer) => answer.code === 'LIMIT_REACHED' });
  }
  forge(forging, tokenFor(accessToken, other), first.reservationId);
  senseless(senselessOne);
  waitForOrder(accessToken, first.reservationId);
  botUnits.add(ordersOf(accessToken).length);
}

/** Waits whenever the bot has tried too often. */
function reserveInTurn(purchaseToken: string, more: object = {}): Answer {
  for (;;) {
    const answer = reserve(purchaseToken, more);
    record(answer.code, answer.ms);
    if (answer.code !== 'RATE_LIMITED') return answer;
    sleep(answer.retryAfterMs / 1_000);
  }
}

function tokenFor(accessToken: string, { saleId, itemId }: Sale): string {
  const { purchaseToken, code } = fetchToken(accessToken, saleId, itemId);
  if (purchaseToken === undefined) throw new Error(`No purchase token: ${code}.`);
  return purchaseToken;
}

/** `<reservationId>.<expiry>.<userId>.<mac>`: swaps in each part of other tokens, and changes each character. */
function forge(token: string, ofOther: string, wonId: string): void {
  const [id = '', expiry = '', user = '', mac = ''] = token.split('.');
  const [otherId = '', , , otherMac = ''] = ofOther.split('.');
  const texts = [
    `${otherId}.${expiry}.${user}.${mac}`,
    `${wonId.slice(0, -6)}${id.slice(-6)}.${expiry}.${user}.${mac}`,
    `${id}.ffffffff.${user}.${mac}`,
    `${id}.${expiry}.another-user.${mac}`,
    `${id}.${expiry}.${user}.${otherMac}`,
    `${id}.${expiry}.${user}.`,
    `${id}.${expiry}.${user}`,
    `${token}A`,
    ` ${token}`,
    token.toUpperCase(),
    '',
    'null',
    '../../etc/passwd',
    ...Array.from({ length: token.length }, (_, at) => token.slice(0, at) + other(token[at] ?? '') + token.slice(at + 1)),
  ].filter((text) => text !== token && text !== ofOther);
  for (const text of texts) {
    const { code, ms: took } = reserve(text);
    record(code, took);
    if (code === 'RESERVED') forged.add(1);
    check(code, { 'a forged token is refused': () => code !== 'RESERVED' });
  }
}

/** Another character of the kind that may stand there. */
function other(char: string): string {
  if (/[0-9a-f]/.test(char)) return char === '0' ? '1' : '0';
  return char === 'A' ? 'B' : 'A';
}

function senseless(token: string): void {
  const bodies = [{ quantity: 0 }, { quantity: -1 }, { quantity: 1.5 }, { quantity: '1e9' }, { price: 1 }];
  for (const body of bodies) {
    const { code, ms: took } = reserve(token, body);
    record(code, took);
    check(code, { 'a senseless order is refused': () => code === 'VALIDATION_FAILED' });
  }
  for (const quantity of [2, 2 ** 53]) {
    const { code } = reserveInTurn(token, { quantity });
    check(code, { 'more than the limit is refused': () => code === 'LIMIT_REACHED' });
  }
}

export function honest({ sale }: Prepared): void {
  const accessToken = login(`honest-${sale.saleId.slice(0, 8)}-${__VU}-${__ITER}`);
  const { code, reservationId, ms: took } = reserve(tokenFor(accessToken, sale));
  record(code, took);
  check(code, { 'an honest buyer wins': () => code === 'RESERVED' });
  if (code === 'RESERVED') waitForOrder(accessToken, reservationId);
}

export const crowd = ({ contested }: Prepared): void => beOfCrowd(contested, exec.scenario.iterationInTest);
export const farm = ({ contested }: Prepared): void => beOfFarm(contested, exec.scenario.iterationInTest);

export function teardown({ sale, other, contested }: Prepared): void {
  unwatchDevices(contested);
  checkBooks(contested, 60);
  checkBooks(other, 5);
  checkBooks(sale, 60);
}
