import { type AnswerCode, answerOf, type Retry } from 'seckill-core/answers';

/** The gateway was not reached, or did not answer in time. The outcome of the request is unknown. */
export const OFFLINE = 'OFFLINE';

interface Fields {
  code: AnswerCode | typeof OFFLINE;
  status: number;
  title: string;
  detail: string;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** A problem of the API (RFC 9457), or {@link OFFLINE}. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: Fields['code'];
  readonly status: number;
  readonly title: string;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ code, status, title, detail, requestId, retryAfterMs }: Fields) {
    super(detail);
    this.code = code;
    this.status = status;
    this.title = title;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  /** A proxy in front of the gateway may answer with its own page: then only the status is known. */
  static from(status: number, body: unknown, retryAfter: string | null): ApiProblem {
    const fields = (typeof body === 'object' && body !== null ? body : {}) as Partial<Fields>;
    const seconds = Number(retryAfter ?? Number.NaN);
    return new ApiProblem({
      code: fields.code ?? codeOf(status),
      status,
      title: fields.title ?? `HTTP ${status}`,
      detail: fields.detail ?? `The server answered ${status}.`,
      requestId: fields.requestId,
      retryAfterMs: fields.retryAfterMs ?? (Number.isNaN(seconds) ? undefined : seconds * 1000),
    });
  }

  /** What to do next. If no answer came, the same request is safe to repeat. */
  get retry(): Retry {
    return this.code === OFFLINE ? 'same request' : (answerOf(this.code)?.retry ?? 'never');
  }
}

function codeOf(status: number): AnswerCode {
  if (status === 429) return 'RATE_LIMITED';
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 404) return 'NOT_FOUND';
  return status >= 502 && status <= 504 ? 'UNAVAILABLE' : 'INTERNAL';
}

/** Turns any error into an {@link ApiProblem}, so that a page has one thing to show. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({ code: 'INTERNAL', status: 0, title: 'Something went wrong on this page', detail: String(error) });
}
