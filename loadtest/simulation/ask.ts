import { answerOf } from 'seckill-core';
import type { ApiAnswer } from './api/answer.ts';
import type { Buyer } from './buyer.ts';
import type { CrowdContext } from './crowd-context.ts';
import { NoAnswer } from './http/connection.ts';

const RETRY_MS = 500;

/** Whether an answer with this code asks to try again later. */
export function isPassing(code: string): boolean {
  return answerOf(code)?.retry === 'same request' || code.startsWith('HTTP_5');
}

/** Waits as long as the answer says, spread a little so that a crowd doesn't come back as one. */
export function waitAsTold(retryAfterMs: number | undefined, { random, stop }: CrowdContext): Promise<void> {
  return stop.pause((retryAfterMs ?? RETRY_MS) + random() * 100);
}

/** Repeats a request until its answer is final, and moves to the next gateway if one does not answer. Undefined after `promiseMs`. */
export async function askUntilAnswered<Value>(
  buyer: Buyer,
  context: CrowdContext,
  ask: (gateway: string) => Promise<ApiAnswer<Value>>,
): Promise<ApiAnswer<Value> | undefined> {
  const until = performance.now() + context.behaviour.promiseMs;
  while (performance.now() < until) {
    try {
      const answer = await ask(context.gatewayOf(buyer));
      if (answer.ok || !isPassing(answer.code)) return answer;
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
