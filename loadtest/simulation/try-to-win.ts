import { answerOf } from 'seckill-core';
import type { ApiAnswer } from './api/answer.ts';
import type { PurchaseToken } from './api/buyer-api.ts';
import { askUntilAnswered, waitAsTold } from './ask.ts';
import type { Buyer, Intention } from './buyer.ts';
import type { CrowdContext } from './crowd-context.ts';
import { getToken, goHome } from './get-ready.ts';
import { NoAnswer } from './http/connection.ts';
import { solve } from './solve-challenge.ts';

type Reserved = { reservationId: string; status: string };

/** The detail of an answer to a buyer whom risk control slows down. */
const BY_RULES = 'The rules of the shop';
/** A bot tries again after this time, whatever the answer says. */
const HAMMER_MS = 100;

/** Sends the token until the answer is RESERVED or final. Resolves with true if it has won. */
export async function tryToWin(buyer: Buyer, context: CrowdContext): Promise<boolean> {
  const { resale, behaviour } = context;
  let toldSoldOut = false;
  let faultsUntil = 0;
  while (buyer.token !== undefined) {
    const answer = await sendToken(buyer, context, buyer.token);
    if (answer?.ok) {
      await win(buyer, context, answer.value.reservationId, toldSoldOut);
      return true;
    }
    switch (answer?.code) {
      case 'SOLD_OUT':
        toldSoldOut = true;
        faultsUntil = 0;
        // Who has a turn keeps it, and waits for a unit in the waiting room.
        if (context.sale.admission !== 'open') return false;
        if (await resale.wait()) continue;
        return no(buyer, context, answer);
      case 'NOT_STARTED':
      case 'RATE_LIMITED':
        faultsUntil = 0;
        if (answer.detail.includes(BY_RULES)) buyer.held.add('slowed');
        await waitAsTold(buyer.isBot ? HAMMER_MS : answer.retryAfterMs, context);
        continue;
      case 'TOKEN_INVALID':
        // The turn is over.
        if (context.sale.admission !== 'open') return hasWonInSilence(buyer, context, buyer.token.reservationId);
        // The token expired while the buyer waited for units to return.
        if (!toldSoldOut || !(await getToken(buyer, context))) return no(buyer, context, answer);
        continue;
      default:
        if (answer !== undefined && answerOf(answer.code)?.retry === 'never') return no(buyer, context, answer);
        // Paused, unavailable, no answer, something unknown: the same token again, here or at another gateway.
        faultsUntil ||= performance.now() + behaviour.promiseMs;
        if (performance.now() > faultsUntil) return no(buyer, context, answer);
        await waitAsTold(answer?.retryAfterMs, context);
    }
  }
  return false;
}

function no(buyer: Buyer, context: CrowdContext, answer: ApiAnswer<Reserved> | undefined): false {
  goHome(buyer, context, 'reservation', answer);
  return false;
}

/** If an answer was lost, the buyer finds out whether the token has won. */
async function hasWonInSilence(buyer: Buyer, context: CrowdContext, reservationId: string): Promise<boolean> {
  if (!buyer.metSilence) return false;
  const found = await askUntilAnswered(buyer, context, (gateway) =>
    context.api.reservation(gateway, buyer.accessToken, reservationId),
  );
  if (found?.ok) await win(buyer, context, reservationId, false);
  return found?.ok === true;
}

async function sendToken(buyer: Buyer, context: CrowdContext, token: PurchaseToken): Promise<ApiAnswer<Reserved> | undefined> {
  const { api, tally } = context;
  try {
    const answer = await api.reserve(
      context.gatewayOf(buyer),
      token.purchaseToken,
      await solutionOf(buyer, token),
      buyer.origin?.headers,
    );
    const code = answer.ok ? answer.value.status : answer.code;
    const entry = { code, at: performance.now(), ms: answer.ms, reservationId: token.reservationId };
    buyer.answers.push(entry);
    tally.answer(entry);
    return answer;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const entry = { code: 'NO_ANSWER', at: performance.now(), ms: 0, reservationId: token.reservationId };
    buyer.answers.push(entry);
    tally.answer(entry);
    context.moveOn(buyer);
    return undefined;
  }
}

async function solutionOf(buyer: Buyer, { challenge, reservationId }: PurchaseToken): Promise<string | undefined> {
  if (challenge === undefined) return undefined;
  if (buyer.solved?.reservationId !== reservationId) buyer.solved = { reservationId, solution: await solve(challenge) };
  return buyer.solved.solution;
}

async function win(buyer: Buyer, context: CrowdContext, reservationId: string, resale: boolean): Promise<void> {
  const { behaviour, random } = context;
  buyer.win = {
    reservationId,
    wonAt: performance.now(),
    resale,
    intention: intend(context),
    status: 'RESERVED',
    moneyGiven: 'no',
  };
  if (random() < behaviour.clickAgain) await clickAgain(buyer, context, buyer.win);
}

function intend({ behaviour, random }: CrowdContext): Intention {
  if (random() >= behaviour.abandon) return 'pay';
  return random() < behaviour.payLate ? 'pay late' : 'abandon';
}

async function clickAgain(buyer: Buyer, context: CrowdContext, win: NonNullable<Buyer['win']>): Promise<void> {
  const { api, tally } = context;
  try {
    const answer = await api.reserve(
      context.gatewayOf(buyer),
      buyer.token?.purchaseToken ?? '',
      buyer.solved?.solution,
      buyer.origin?.headers,
    );
    if (!answer.ok) win.secondClick = answer.code;
    else
      win.secondClick = answer.value.reservationId === win.reservationId ? 'RESERVED' : `RESERVED ${answer.value.reservationId}`;
    tally.answer({ code: answer.ok ? 'REPEATED' : answer.code, at: performance.now(), ms: answer.ms });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    context.moveOn(buyer);
  }
}
