import { answerOf } from 'seckill-core';
import { askUntilAnswered, waitAsTold } from './ask.ts';
import type { Buyer } from './buyer.ts';
import type { CrowdContext } from './crowd-context.ts';

/** Signs in. Resolves with false if that was refused. */
export async function signIn(buyer: Buyer, context: CrowdContext): Promise<boolean> {
  const answer = await askUntilAnswered(buyer, context, (gateway) => context.api.login(gateway, buyer.userId));
  if (answer?.ok) {
    buyer.accessToken = answer.value.accessToken;
    context.tally.signedIn += 1;
    return true;
  }
  goHome(buyer, context, 'sign-in', answer);
  return false;
}

/** Fetches a purchase token. After the last unit is sold, a buyer may wait for one that returns. */
export async function getToken(buyer: Buyer, context: CrowdContext): Promise<boolean> {
  const { api, sale, resale, tally } = context;
  for (;;) {
    const answer = await askUntilAnswered(buyer, context, (gateway) =>
      api.purchaseToken(gateway, buyer.accessToken, sale.saleId, sale.itemId, buyer.origin?.headers),
    );
    if (answer?.ok) {
      buyer.token = answer.value;
      if (answer.value.challenge !== undefined) buyer.held.add('challenged');
      tally.tokens += 1;
      return true;
    }
    if (answer?.code === 'SOLD_OUT' && (await resale.wait())) continue;
    goHome(buyer, context, 'purchase token', answer);
    return false;
  }
}

/** Takes a turn up: fetches the purchase token of the claim. Resolves with false if the turn is over, or if the buyer goes home. */
export async function takeUpTurn(buyer: Buyer, context: CrowdContext): Promise<boolean> {
  const { api, sale, tally } = context;
  const answer = await askUntilAnswered(buyer, context, (gateway) =>
    api.purchaseToken(gateway, buyer.accessToken, sale.saleId, sale.itemId, buyer.origin?.headers),
  );
  if (answer?.ok) {
    buyer.token = answer.value;
    tally.tokens += 1;
    return true;
  }
  if (answer?.code === 'NOT_ADMITTED') tally.room.missed += 1;
  // A gateway may still believe so, although a unit has come back for this turn.
  else if (answer?.code === 'SOLD_OUT') await waitAsTold(answer.retryAfterMs, context);
  else goHome(buyer, context, 'purchase token', answer);
  return false;
}

/** A final answer that a simulated buyer can get. LIMIT_REACHED is not one of them: each buyer tries to buy one unit. */
export function isUsualEnd(code: string | undefined): boolean {
  return code === 'ENTRIES_CLOSED' || (code !== undefined && code !== 'LIMIT_REACHED' && answerOf(code)?.isFinal === true);
}

export function goHome(
  buyer: Buyer,
  { tally }: CrowdContext,
  what: string,
  answer: { ok: boolean; code?: string; detail?: string } | undefined,
): void {
  const code = answer?.code ?? 'NO_ANSWER';
  buyer.gaveUp = code;
  if (code === 'BLOCKED') buyer.held.add('blocked');
  if (!isUsualEnd(code) && !buyer.isBot) tally.surprise(code, `${what}: ${answer?.detail ?? 'no answer in time'}`);
}
