import type { ProblemCode } from './contract.ts';

/** The gateway was not reached, or did not answer in time: what came of the request is unknown. */
export const OFFLINE = 'OFFLINE';

interface Fields {
  code: ProblemCode | typeof OFFLINE;
  status: number;
  title: string;
  detail: string;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** A "no" of the API (RFC 9457), or {@link OFFLINE}. */
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

  /** A proxy in front may answer with a page of its own: then the status has to do. */
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
}

function codeOf(status: number): ProblemCode {
  if (status === 429) return 'RATE_LIMITED';
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 404) return 'NOT_FOUND';
  return status >= 502 && status <= 504 ? 'UNAVAILABLE' : 'INTERNAL';
}

/** Any error as an {@link ApiProblem}, so that a page has one thing to show. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({ code: 'INTERNAL', status: 0, title: 'Something went wrong here', detail: String(error) });
}
