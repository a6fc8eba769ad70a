import { PURCHASE_ANSWER_CODES, PURCHASE_ANSWERS, type PurchaseOutcome } from 'seckill-core/answers';

interface AnswerKind {
  outcome: PurchaseOutcome;
  label: string;
  /** A custom property of console.css. */
  colour: string;
}

/** The answers to an attempt to buy, as the charts and the report show them. */
export const ANSWER_KINDS: readonly AnswerKind[] = [
  { outcome: 'RESERVED', label: 'Won', colour: '--c-won' },
  ...PURCHASE_ANSWER_CODES.map((outcome): AnswerKind => {
    const { label, tone } = PURCHASE_ANSWERS[outcome].chart;
    return { outcome, label, colour: `--c-${tone}` };
  }),
];
