import { Counter, Rate, Trend } from 'k6/metrics';

/** Answers to `POST /api/reservations`, apart: a mean of winners and losers says nothing about either. */
const trends: Record<string, Trend> = {
  RESERVED: new Trend('answer_reserved', true),
  SOLD_OUT: new Trend('answer_sold_out', true),
  DUPLICATE: new Trend('answer_duplicate', true),
  LIMIT_REACHED: new Trend('answer_limit_reached', true),
  RATE_LIMITED: new Trend('answer_rate_limited', true),
  NOT_STARTED: new Trend('answer_not_started', true),
  TOKEN_INVALID: new Trend('answer_token_invalid', true),
  VALIDATION_FAILED: new Trend('answer_validation_failed', true),
};

/** Anything else: a fault of the platform, or of the network. */
export const unexpected = new Counter('answers_unexpected');

/** Different units won. Without a threshold on it, the other thresholds would also hold if no buyer won. */
export const unitsWon = new Counter('units_won');
/** Wins that became an order, as their buyers saw it. */
export const winHasOrder = new Rate('win_has_order');
/** From the RESERVED answer to the first look that showed the order. */
export const winToOrder = new Trend('win_to_order', true);
/** The audit, and the units sold and left, after everything has settled. */
export const booksBalance = new Rate('books_balance');

export function record(code: string, ms: number): void {
  const trend = trends[code];
  if (code === 'RESERVED') unitsWon.add(1);
  if (trend !== undefined) trend.add(ms);
  else {
    unexpected.add(1, { code });
    console.error(`A buyer was answered ${code}.`);
  }
}

/** That every script must keep, whatever it tries. */
export const alwaysKept = {
  answers_unexpected: ['count<1'],
  books_balance: ['rate==1'],
};
