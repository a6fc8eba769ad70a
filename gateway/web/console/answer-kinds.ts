/** How an operator calls the answers to a try to buy, and their colours; in the order of their weight. */
export const ANSWER_KINDS: readonly { outcome: string; label: string; colour: string }[] = [
  { outcome: 'RESERVED', label: 'Won', colour: '--c-won' },
  { outcome: 'SOLD_OUT', label: 'Sold out', colour: '--c-sold-out' },
  { outcome: 'RATE_LIMITED', label: 'Told to wait', colour: '--c-limited' },
  { outcome: 'LIMIT_REACHED', label: 'Had their share', colour: '--c-share' },
  { outcome: 'NOT_STARTED', label: 'Too early', colour: '--c-early' },
  { outcome: 'SALE_PAUSED', label: 'Paused', colour: '--c-paused' },
  { outcome: 'SALE_ENDED', label: 'Too late', colour: '--c-ended' },
  { outcome: 'TOKEN_INVALID', label: 'Bad token', colour: '--c-token' },
  { outcome: 'UNAVAILABLE', label: 'Unavailable', colour: '--c-unavailable' },
];

export const labelOfAnswer = (outcome: string): string => ANSWER_KINDS.find((kind) => kind.outcome === outcome)?.label ?? outcome;
