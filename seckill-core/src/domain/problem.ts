import { ANSWERS, type AnswerCode } from './answers.ts';

/** An answer of {@link ANSWERS}, thrown if it cannot be returned as a value. Its message reaches the client: never put internals in it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: AnswerCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: AnswerCode, detail?: string, retryAfterMs?: number) {
    super(detail ?? ANSWERS[code].detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
