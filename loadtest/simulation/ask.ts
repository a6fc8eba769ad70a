import { answerOf } from 'seckill-core';
import type { ApiAnswer } from './api/answer.ts';
import type { Buyer } from './buyer.ts';
import type { CrowdContext } from './crowd-context.ts';
import { NoAnswer } from './http/connection.ts';

const RETRY_MS = 500;

/** Waits as long as the answer says, spread a little so that a crowd doesn't come back as one. */
export function waitAsTold(retryAfterMs: number | undefined, { random, stop }: CrowdContext): Promise<void> {
  return stop.pause((retryAfterMs ?? RETRY_MS) + random() * 100);
}

/** Asks until there is an answer that stays, over other gateways where one does not answer; undefined after `promiseMs`. */
export async function askUntilAnswered<Value>(
  buyer: Buyer,
  context: CrowdContext,
  ask: (gateway: string) => Promise<ApiAnswer<Value>>,
): Promise<ApiAnswer<Value> | undefined> {
  const until = performance.now() + context.behaviour.promiseMs;
  while (performance.now() < until) {
    try {
      const answer = await ask(context.gatewayOf(buyer));
      if (answer.ok || !(answerOf(answer.code)?.retry === 'same request' || answer.code.startsWith('HTTP_5'))) return answer;
      if (answer.code === 'INTERNAL') context.tally.surprise(answer.code, answer.detail);
      await waitAsTold(answer.retryAfterMs, context);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      context.moveOn(buyer);
      await waitAsTold(undefined, context);
    }
  }
  return undefined;
}
