import { Counter, Rate, Trend } from 'k6/metrics';
// By path: k6 resolves no packages.
import { type AnswerCode, PURCHASE_ANSWER_CODES } from '../../../seckill-core/src/domain/answers.ts';

/** The sale of a script is never paused and outlasts it, so these answers are faults. */
const FAULTS: AnswerCode[] = ['SALE_ENDED', 'SALE_PAUSED', 'UNAVAILABLE'];

/** `DUPLICATE`: RESERVED again, for a token that has won before. */
const EXPECTED = ['RESERVED', 'DUPLICATE', 'VALIDATION_FAILED', ...PURCHASE_ANSWER_CODES].filter(
  (code) => !FAULTS.includes(code as AnswerCode),
);

/** A trend for each answer to `POST /api/reservations`: a mean of winners and losers says nothing about either. */
const trends = new Map(EXPECTED.map((code) => [code, new Trend(`answer_${code.toLowerCase()}`, true)]));

/** Every other answer: a fault of the platform or of the network. */
export const unexpected = new Counter('answers_unexpected');

/** Distinct wins. It has a threshold because the others would also hold if no buyer won. */
const unitsWon = new Counter('units_won');
/** Wins that became an order, as their buyers saw it. */
export const winHasOrder = new Rate('win_has_order');
/** From the RESERVED answer to the first poll that returned the order. */
export const winToOrder = new Trend('win_to_order', true);
/** The audit, and the units sold and left, after everything has settled. */
export const booksBalance = new Rate('books_balance');

export function record(code: string, ms: number): void {
  const trend = trends.get(code);
  if (code === 'RESERVED') unitsWon.add(1);
  if (trend !== undefined) trend.add(ms);
  else {
    unexpected.add(1, { code });
    console.error(`A buyer was answered ${code}.`);
  }
}

/** Thresholds of every script. */
export const alwaysKept = {
  answers_unexpected: ['count<1'],
  books_balance: ['rate==1'],
};
