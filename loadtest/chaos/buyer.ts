import { createHmac } from 'node:crypto';
import type { Random } from 'dev';
import { answerOf } from 'seckill-core';
import { type ApiAnswer, BuyerApi, HttpClient, isPassing, NoAnswer, type StartedPayment } from 'simulation';

/** The last answer a buyer received for a reservation. `nothing`: none, or one that asks to try again. */
export type LastAnswer = 'RESERVED' | 'no' | 'nothing';

export interface Attempt {
  userId: string;
  reservationId: string;
  lastAnswer: LastAnswer;
  /** When the last request was sent, ms. */
  askedAt: number;
  /** The payment provider that the buyer chose. */
  provider?: string;
  /** When the provider's page said that the buyer had paid, ms. */
  paidAt?: number;
  /** What the buyer saw, in order: for the timeline of a failed round. */
  answers: string[];
}

export interface Shop {
  api: BuyerApi;
  gatewayUrls: readonly string[];
  jwtSecret: string;
  /** Payment providers, by name. */
  providers: readonly string[];
  saleId: string;
  itemId: string;
}

/** In the place of an answer: the request may still take effect. */
export const NO_ANSWER = 'no answer';
const PATIENCE = 12;

/** For buyers of a platform that breaks: they give up on an answer early, and a stalled gateway delays only its own buyers. */
export function obstinateApi(paymentsUrl: string): BuyerApi {
  return new BuyerApi(new HttpClient({ connections: 1_000, timeoutMs: 2_500 }), paymentsUrl);
}

/** Signed here: signing in is not under test, and would fail with the parts that are broken. */
export function accessToken(userId: string, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: userId, exp: Math.floor(Date.now() / 1000) + 3600 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/**
 * Buys one unit as a stubborn client does: asks any gateway, retries with the same token if an answer asks to or is missing, sometimes asks
 * two gateways at once, sometimes leaves after the first silence. Records every attempt before its first request.
 */
export async function buy(shop: Shop, userId: string, random: Random, attempts: Attempt[]): Promise<void> {
  const bearer = accessToken(userId, shop.jwtSecret);
  const gateway = () => random.pick(shop.gatewayUrls);
  const token = await purchaseToken(shop, bearer, gateway);
  if (token === undefined) return;
  const attempt: Attempt = { userId, reservationId: token.reservationId, lastAnswer: 'nothing', askedAt: 0, answers: [] };
  attempts.push(attempt);
  const leavesEarly = random.chance(0.05);

  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const post = () => answerOrNothing(shop.api.reserve(gateway(), token.purchaseToken));
    attempt.askedAt = Date.now();
    const answers = await Promise.all(random.chance(0.1) ? [post(), post()] : [post()]);
    if (answers.map((answer) => record(attempt, answer)).includes(true)) break;
    if (leavesEarly) return;
    await pause(random.between(50, 400));
  }
  if (attempt.lastAnswer === 'RESERVED') await afterwards(shop, attempt, bearer, random, gateway);
}

/** Returns true if the answer decides. If two simultaneous answers differ, RESERVED counts: a unit may have returned between them. */
function record(attempt: Attempt, answer: ApiAnswer<unknown> | undefined): boolean {
  const code = answer === undefined ? NO_ANSWER : answer.ok ? 'RESERVED' : answer.code;
  attempt.answers.push(code);
  if (code === 'RESERVED') attempt.lastAnswer = 'RESERVED';
  else if (answerOf(code)?.isFinal !== true) return false;
  else if (attempt.lastAnswer !== 'RESERVED') attempt.lastAnswer = 'no';
  return true;
}

async function purchaseToken({ api, saleId, itemId }: Shop, bearer: string, gateway: () => string) {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const answer = await answerOrNothing(api.purchaseToken(gateway(), bearer, saleId, itemId));
    if (answer?.ok) return answer.value;
    if (answerOf(answer?.code ?? '')?.isFinal === true) return undefined;
    await pause(200);
  }
  return undefined;
}

/** Half of the winners pay, a tenth cancels, the others let their deadline pass. */
async function afterwards(shop: Shop, attempt: Attempt, bearer: string, random: Random, gateway: () => string): Promise<void> {
  const { api, providers } = shop;
  const { reservationId } = attempt;
  const choice = random.next();
  const provider = random.pick(providers);
  if (choice > 0.6) return;
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    await pause(random.between(100, 500));
    const answer = await answerOrNothing<Partial<StartedPayment>>(
      choice < 0.5
        ? api.startPayment(gateway(), bearer, reservationId, provider)
        : (api.cancel(gateway(), bearer, reservationId) as Promise<ApiAnswer<object>>),
    );
    // Not an order yet, or the gateway or its servers are away.
    if (answer === undefined || (!answer.ok && (answer.code === 'NOT_FOUND' || isPassing(answer.code)))) continue;
    const { paymentId } = answer.ok ? answer.value : {};
    if (answer.ok && paymentId !== undefined)
      await pay(api, Object.assign(attempt, { provider }), { ...answer.value, paymentId });
    return;
  }
}

/** Presses the button of the provider's page until the page says what became of it. */
async function pay(api: BuyerApi, attempt: Attempt, started: StartedPayment): Promise<void> {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const answer = await answerOrNothing(api.pay(started));
    if (answer?.ok) attempt.paidAt = Date.now();
    if (answer !== undefined) return;
    await pause(300);
  }
}

/** Undefined if the connection broke or no answer came: the request may still have taken effect. */
async function answerOrNothing<Value>(asked: Promise<ApiAnswer<Value>>): Promise<ApiAnswer<Value> | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
