import { createHmac } from 'node:crypto';
import type { Random } from 'dev';
import { answerOf } from 'seckill-core';

/** The last thing a buyer was told of a reservation. `nothing`: no answer, or one that asks to try again. */
export type LastAnswer = 'RESERVED' | 'no' | 'nothing';

export interface Attempt {
  userId: string;
  reservationId: string;
  lastAnswer: LastAnswer;
  /** What the buyer saw, in order: for the timeline of a failed round. */
  answers: string[];
}

export interface Shop {
  gatewayUrls: readonly string[];
  jwtSecret: string;
  saleId: string;
  itemId: string;
}

const PATIENCE = 12;
const REQUEST_TIMEOUT_MS = 2_500;

export function accessToken(userId: string, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: userId, exp: Math.floor(Date.now() / 1000) + 3600 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function call(
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch {
    return undefined; // the connection broke or the answer did not come: anything may have happened
  }
}

/**
 * Buys one unit as an obstinate client does: asks any gateway, tries again with the same token when told to or when no answer comes,
 * sometimes asks two gateways at once, sometimes leaves after the first silence. Records every attempt before its first request.
 */
export async function buy(shop: Shop, userId: string, random: Random, attempts: Attempt[]): Promise<void> {
  const authorization = { authorization: `Bearer ${accessToken(userId, shop.jwtSecret)}` };
  const gateway = () => random.pick(shop.gatewayUrls);
  const token = await purchaseToken(shop, authorization, gateway);
  if (token === undefined) return;
  const attempt: Attempt = { userId, reservationId: token.reservationId, lastAnswer: 'nothing', answers: [] };
  attempts.push(attempt);
  const leavesEarly = random.chance(0.05);

  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const post = () => call('POST', `${gateway()}/api/reservations`, {}, { purchaseToken: token.purchaseToken });
    const answers = await Promise.all(random.chance(0.1) ? [post(), post()] : [post()]);
    if (answers.map((answer) => record(attempt, answer)).includes(true)) break;
    if (leavesEarly) return;
    await pause(random.between(50, 400));
  }
  if (attempt.lastAnswer === 'RESERVED') await afterwards(attempt, authorization, random, gateway);
}

/** True where the answer decides. Of two answers at once RESERVED counts: a unit may have come back between them. */
function record(attempt: Attempt, answer: Answer | undefined): boolean {
  const code = answer === undefined ? 'no answer' : answer.status === 202 ? 'RESERVED' : String(answer.body['code']);
  attempt.answers.push(code);
  if (code === 'RESERVED') attempt.lastAnswer = 'RESERVED';
  else if (answerOf(code)?.isFinal !== true) return false;
  else if (attempt.lastAnswer !== 'RESERVED') attempt.lastAnswer = 'no';
  return true;
}

async function purchaseToken(shop: Shop, headers: Record<string, string>, gateway: () => string) {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const url = `${gateway()}/api/sales/${shop.saleId}/items/${shop.itemId}/purchase-token`;
    const answer = await call('POST', url, headers);
    if (answer?.status === 201) return answer.body as { purchaseToken: string; reservationId: string };
    if (answerOf(String(answer?.body['code']))?.isFinal === true) return undefined;
    await pause(200);
  }
  return undefined;
}

/** Of the winners half pay, a tenth cancels, the others let their deadline pass. */
async function afterwards(
  attempt: Attempt,
  headers: Record<string, string>,
  random: Random,
  gateway: () => string,
): Promise<void> {
  const wish = random.next();
  if (wish > 0.6) return;
  const verb = wish < 0.5 ? 'payments' : 'cancel';
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    await pause(random.between(100, 500));
    const answer = await call('POST', `${gateway()}/api/orders/${attempt.reservationId}/${verb}`, headers);
    if (answer === undefined || answer.status >= 500 || answer.status === 404) continue; // not an order yet, or away
    if (answer.status === 201) await call('POST', `${String(answer.body['checkoutUrl'])}/pay`, { accept: 'application/json' });
    return;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
