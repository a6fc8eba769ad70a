/**
 * The one table of error codes: HTTP statuses, API documents and the docs page are made of it.
 * `detail` is what a client is told where the place that fails has nothing better to say.
 */
export const PROBLEMS = {
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    detail: 'A field is missing, unknown or of the wrong type.',
  },
  UNAUTHENTICATED: { status: 401, title: 'Sign in first', detail: 'Send a valid access token: "Authorization: Bearer <token>".' },
  TOKEN_INVALID: {
    status: 401,
    title: 'The purchase token is not valid',
    detail: 'It is malformed, expired or not signed by us. Ask for a new one.',
  },
  SIGNATURE_INVALID: {
    status: 401,
    title: 'The signature is not valid',
    detail: 'Seckill-Signature does not match the body, or is older than 300 s.',
  },
  NOT_OPEN_YET: {
    status: 403,
    title: 'Purchase tokens are not given out yet',
    detail: 'Ask again when the lead time before the start begins.',
  },
  NOT_STARTED: { status: 403, title: 'The sale has not started', detail: 'Use the purchase token once the sale has started.' },
  NOT_FOUND: { status: 404, title: 'Not found', detail: 'There is nothing at this address, or it is not yours.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed', detail: 'This address does not answer this method.' },
  SOLD_OUT: { status: 409, title: 'Sold out', detail: 'Fewer units are left than were asked for. Unpaid units go back on sale.' },
  LIMIT_REACHED: { status: 409, title: 'Limit per user reached', detail: 'You hold as many units of this item as one user may.' },
  NOT_PAYABLE: {
    status: 409,
    title: 'The order cannot be paid',
    detail: 'Only an order that waits for its payment can be paid.',
  },
  NOT_CANCELLABLE: {
    status: 409,
    title: 'The order cannot be cancelled',
    detail: 'Only an order that waits for its payment can be cancelled.',
  },
  WRONG_SALE_STATE: {
    status: 409,
    title: 'Not in this state of the sale',
    detail: 'The command does not fit the state of the sale.',
  },
  REQUEST_ID_REUSED: {
    status: 409,
    title: 'Request id used before',
    detail: 'The same request id was used before with other content.',
  },
  SALE_ENDED: { status: 410, title: 'The sale has ended', detail: 'Nobody can buy any more.' },
  RATE_LIMITED: { status: 429, title: 'Too many at once', detail: 'Try again with the same token after retryAfterMs.' },
  INTERNAL: { status: 500, title: 'Something went wrong here', detail: 'The fault is ours and was logged under the requestId.' },
  SALE_PAUSED: { status: 503, title: 'The sale is paused', detail: 'Try again with the same token after retryAfterMs.' },
  UNAVAILABLE: {
    status: 503,
    title: 'Not available at the moment',
    detail: 'Try again with the same token after retryAfterMs; nothing is lost.',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A "no" that a person is told: thrown where an answer cannot be returned as a value. Never carries internals. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProblemCode, detail?: string, retryAfterMs?: number) {
    super(detail ?? PROBLEMS[code].detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
