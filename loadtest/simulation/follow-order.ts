import type { BuyerApi, StartedPayment } from './api/buyer-api.ts';
import { askUntilAnswered } from './ask.ts';
import { type Buyer, isFinal, type Win } from './buyer.ts';
import type { CrowdContext } from './crowd-context.ts';
import { NoAnswer } from './http/connection.ts';

/** The last poll before `payBy`: late enough to see an early cancel, early enough not to mistake clock skew for one. */
const LOOK_BEFORE_MS = 400;
const SKEW_MS = 50;
const PAY_TRIES = 3;

/** Follows a win to its end: waits for the order, pays or doesn't, and reads the final state. */
export async function followOrder(buyer: Buyer, win: Win, context: CrowdContext): Promise<void> {
  const { tally, behaviour } = context;
  await watch(buyer, win, context, () => win.status !== 'RESERVED', behaviour.promiseMs, 50);
  if (win.status === 'RESERVED') return;
  win.orderedAt = performance.now();
  if (win.payBy !== undefined) tally.ordered.add(win.orderedAt - win.wonAt);
  if (win.status === 'ORDERED') await (win.intention === 'pay' ? pay(buyer, win, context) : leaveUnpaid(buyer, win, context));
  if (!isFinal(win)) await watch(buyer, win, context, () => isFinal(win), behaviour.promiseMs, 100);
  if (!isFinal(win)) return;
  win.settledAt = performance.now();
  tally.settle(win);
}

async function pay(buyer: Buyer, win: Win, context: CrowdContext): Promise<void> {
  const [from, to] = context.behaviour.thinkMs;
  await context.stop.pause(from + context.random() * (to - from));
  await context.till.pay(win.payBy ?? 0, async () => {
    const started = await startPayment(buyer, win, context);
    if (started !== undefined) await giveMoney(win, started, context);
  });
}

async function startPayment(buyer: Buyer, win: Win, context: CrowdContext): Promise<StartedPayment | undefined> {
  const { providers } = context;
  const provider = providers[buyer.index % providers.length];
  const answer = await askUntilAnswered(buyer, context, (gateway) =>
    context.api.startPayment(gateway, buyer.accessToken, win.reservationId, provider),
  );
  if (answer?.ok) return answer.value;
  // NOT_PAYABLE is expected after the deadline: the order has been cancelled.
  const isLate = context.now() > (win.payBy ?? 0) - SKEW_MS;
  if (answer?.code !== 'NOT_PAYABLE' || !isLate)
    context.tally.surprise(answer?.code ?? 'NO_ANSWER', `payment: ${answer?.detail}`);
  return undefined;
}

/** A checkout that was closed before answers so. */
const CLOSED = 'HTTP_409';

/** Paying the same checkout twice takes the money once, so a payment without an answer is retried. */
async function giveMoney(win: Win, started: StartedPayment, { api, tally, stop }: CrowdContext): Promise<void> {
  for (let tries = 0; tries < PAY_TRIES; tries += 1) {
    try {
      const answer = await api.pay(started);
      win.moneyGiven = answer.ok ? 'yes' : 'no';
      if (!answer.ok && answer.code !== CLOSED) tally.surprise(answer.code, `checkout: ${answer.detail}`);
      return;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      win.moneyGiven = 'unknown';
      await stop.pause(500);
    }
  }
}

async function leaveUnpaid(buyer: Buyer, win: Win, context: CrowdContext): Promise<void> {
  const { tally, behaviour, now, stop } = context;
  const payBy = win.payBy ?? now();
  const started = win.intention === 'pay late' ? await startPayment(buyer, win, context) : undefined;
  await stop.pause(payBy - LOOK_BEFORE_MS - now());
  await look(buyer, win, context);
  if (win.status === 'CANCELLED' && now() < payBy - SKEW_MS) win.cancelledEarlyMs = payBy - now();
  await stop.pause(payBy - now());
  await watch(buyer, win, context, () => win.status !== 'ORDERED', behaviour.promiseMs, 100);
  if (win.status === 'CANCELLED') tally.cancelLateness.add(Math.max(0, now() - payBy));
  if (started !== undefined) await giveMoney(win, started, context);
}

/** Polls the reservation, less and less often, until `isDone` or the time is over. */
async function watch(
  buyer: Buyer,
  win: Win,
  context: CrowdContext,
  isDone: () => boolean,
  withinMs: number,
  everyMs: number,
): Promise<void> {
  const until = performance.now() + withinMs;
  for (let wait = everyMs; ; wait = Math.min(wait * 1.6, 2000)) {
    await context.stop.pause(wait * (0.75 + context.random() / 2));
    await look(buyer, win, context);
    if (isDone() || performance.now() > until) return;
  }
}

async function look(buyer: Buyer, win: Win, context: CrowdContext): Promise<void> {
  const seen = await lookAt(context.api, buyer, win.reservationId, context);
  if (seen === undefined) return;
  win.status = seen.status;
  if (seen.order !== undefined) win.payBy = Date.parse(seen.order.payBy);
}

async function lookAt(api: BuyerApi, buyer: Buyer, reservationId: string, context: CrowdContext) {
  const answer = await askUntilAnswered(buyer, context, (gateway) => api.reservation(gateway, buyer.accessToken, reservationId));
  if (answer?.ok) return answer.value;
  context.tally.surprise(answer?.code ?? 'NO_ANSWER', `reservation ${reservationId}: ${answer?.detail ?? 'no answer in time'}`);
  return undefined;
}
