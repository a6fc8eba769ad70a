import { PURCHASE_ANSWER_CODES, type PurchaseOutcome } from 'seckill-core';

/** This gateway's answers to attempts to buy one item, counted. `TOKENS`: purchase tokens issued for it. */
export type ItemAnswers = Record<PurchaseOutcome | 'TOKENS', number>;

/** Every key exists from the start, so a count is one addition. */
export function noAnswers(): ItemAnswers {
  const codes = ['TOKENS', 'RESERVED', ...PURCHASE_ANSWER_CODES];
  return Object.fromEntries(codes.map((code) => [code, 0])) as ItemAnswers;
}
