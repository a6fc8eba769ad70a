import type { HttpAnswer } from '../http/http-client.ts';

/** An answer of the gateway, read: either what was asked for, or a problem with its code. */
export type ApiAnswer<Value> =
  | { ok: true; value: Value; ms: number }
  | { ok: false; code: string; detail: string; retryAfterMs: number | undefined; ms: number };

export function readApiAnswer<Value>({ status, body, ms }: HttpAnswer): ApiAnswer<Value> {
  const content = parse(body);
  if (status >= 200 && status < 300) return { ok: true, value: content as Value, ms };
  const problem = (content ?? {}) as { code?: unknown; detail?: unknown; retryAfterMs?: unknown };
  return {
    ok: false,
    // A proxy's own error page, or anything else that is not ours.
    code: typeof problem.code === 'string' ? problem.code : `HTTP_${status}`,
    detail: typeof problem.detail === 'string' ? problem.detail : body.slice(0, 200),
    retryAfterMs: typeof problem.retryAfterMs === 'number' ? problem.retryAfterMs : undefined,
    ms,
  };
}

/** The value of a good answer. Throws if the request was refused. */
export function granted<Value>(answer: ApiAnswer<Value>): Value {
  if (!answer.ok) throw new Error(`A simulated buyer was answered ${answer.code}: ${answer.detail}`);
  return answer.value;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
