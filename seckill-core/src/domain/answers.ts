import type { Answer, BuyerAnswer } from './answers/answer.ts';
import { BUYER_ANSWERS } from './answers/buyer-answers.ts';
import { PROGRAM_ANSWERS } from './answers/program-answers.ts';
import { PURCHASE_ANSWERS } from './answers/purchase-answers.ts';

export type { Answer, BuyerAnswer, PurchaseAnswer, Retry } from './answers/answer.ts';
export { PURCHASE_ANSWERS };

/**
 * The one table of answers that are not a success. It makes the HTTP problems, the API documents, docs/errors.md, the pages' wording,
 * colours and retries, and what load scripts expect. No imports from outside: browsers and k6 load it as `seckill-core/answers`.
 */
export const ANSWERS = { ...PURCHASE_ANSWERS, ...BUYER_ANSWERS, ...PROGRAM_ANSWERS } as const;

export type AnswerCode = keyof typeof ANSWERS;
export type PurchaseAnswerCode = keyof typeof PURCHASE_ANSWERS;
/** How an attempt to buy ends. `RESERVED` is also the answer to a winner who asks again. */
export type PurchaseOutcome = 'RESERVED' | PurchaseAnswerCode;

export const PURCHASE_ANSWER_CODES = Object.keys(PURCHASE_ANSWERS) as PurchaseAnswerCode[];

/** The answer with this code; undefined if the code comes from a proxy or from a newer gateway. */
export function answerOf(code: string): (Answer & Partial<BuyerAnswer>) | undefined {
  return Object.hasOwn(ANSWERS, code) ? ANSWERS[code as AnswerCode] : undefined;
}
