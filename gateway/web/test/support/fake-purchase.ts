import type { AnswerCode } from 'seckill-core/answers';
import { vi } from 'vitest';
import { ApiProblem, type OFFLINE } from '../../shared/api/api-problem.ts';
import type { Sale } from '../../shared/api/contract.ts';
import type { ReservationNews } from '../../shared/live/follow-reservation.ts';
import type { Challenge } from '../../storefront/challenge/solve-challenge.ts';
import { type Attempt, NO_ATTEMPT } from '../../storefront/purchase/attempt-store.ts';
import { Purchase } from '../../storefront/purchase/purchase.ts';
import type { Turn } from '../../storefront/purchase/purchase-deps.ts';
import type { PurchaseState } from '../../storefront/purchase/purchase-state.ts';

export const START = 1_000_000_000_000;
const ITEM = '00002a';

export const no = (code: AnswerCode | typeof OFFLINE, retryAfterMs?: number) =>
  new ApiProblem({ code, status: 400, title: code, detail: code, retryAfterMs });

export function sale(change: Partial<Sale> = {}, remaining = 10): Sale {
  return {
    saleId: 'sale',
    title: 'Sale',
    state: Date.now() < START ? 'UPCOMING' : 'LIVE',
    startsAt: new Date(START).toISOString(),
    endsAt: new Date(START + 3_600_000).toISOString(),
    payTimeoutSeconds: 60,
    tokenLeadSeconds: 30,
    paymentProviders: [],
    admission: 'open',
    items: [{ itemId: ITEM, title: 'Item', priceCents: 100, currency: 'EUR', stock: 10, limitPerUser: 2, remaining }],
    serverTime: new Date().toISOString(),
    ...change,
  };
}

/** A buyer of a sale, with a gateway that answers as the test wants. */
export function buyer({
  stored = {} as Partial<Attempt>,
  armsItself = true,
  on = sale(),
  turn = undefined as Turn | undefined,
  challenge = undefined as Challenge | undefined,
} = {}) {
  const shown: PurchaseState[] = [];
  const asked: string[] = [];
  let kept: Attempt = { ...NO_ATTEMPT, ...stored };
  const answers: (ApiProblem | 'won')[] = [];
  /** Answers to the next requests for a token. */
  const refusals: ApiProblem[] = [];
  let solve: (solution: string | undefined) => void = () => {};
  const solving = new Promise<string | undefined>((resolve) => {
    solve = resolve;
  });
  let tokens = 0;
  let reservationIsThere = false;
  let told: (news: ReservationNews) => void = () => {};
  const purchase = new Purchase(on, ITEM, {
    armsItself,
    turn,
    solve: () => solving,
    clock: { now: () => Date.now() },
    random: () => 0.5,
    onChange: (state) => shown.push(state),
    store: {
      read: () => kept,
      write: (attempt) => {
        kept = attempt;
      },
      clear: () => {
        kept = NO_ATTEMPT;
      },
      onOtherTab: () => () => {},
      alone: (work) => work(),
    },
    api: {
      async issueToken() {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        tokens += 1;
        asked.push(`token at ${Date.now() - START}`);
        return {
          purchaseToken: `t${tokens}`,
          reservationId: `r${tokens}`,
          opensAt: '',
          expiresAt: new Date(START + 600_000).toISOString(),
          ...(challenge === undefined ? {} : { challenge }),
        };
      },
      async reserve(purchaseToken, quantity, solution) {
        asked.push(`${purchaseToken} ×${quantity}${solution === undefined ? '' : ` with ${solution}`}`);
        const answer = answers.shift() ?? 'won';
        if (answer !== 'won') throw answer;
        return { reservationId: purchaseToken.replace('t', 'r') };
      },
      async readReservation(reservationId) {
        asked.push(`is there ${reservationId}?`);
        if (!reservationIsThere) throw no('NOT_FOUND');
        return { reservationId, status: 'RESERVED' };
      },
      followReservation: (_id, listener) => {
        told = listener;
        return () => {};
      },
    },
  });
  return {
    purchase,
    asked,
    answers,
    refusals,
    solve,
    get step() {
      return purchase.state.step;
    },
    get stored() {
      return kept;
    },
    get shown() {
      return shown.map(({ step }) => step);
    },
    hasWonSecretly() {
      reservationIsThere = true;
    },
    tell: (news: ReservationNews) => told(news),
    reservations: () => asked.filter((each) => each.startsWith('t') && each.includes('×')),
  };
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
export const open = async (options: Parameters<typeof buyer>[0] = {}) => {
  vi.setSystemTime(START + 1_000);
  const someone = buyer({ ...options, on: options.on ?? sale() });
  await pass(0);
  return someone;
};
