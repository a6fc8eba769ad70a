import { ApiProblem, OFFLINE } from './api-problem.ts';

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as `Prefer: …`. */
  prefer?: string;
  /** Sent as `Idempotency-Key`. */
  idempotencyKey?: string;
  /** Sent as `Accept-Language`. Default: what the browser prefers. */
  language?: string;
  /** Sent as `X-Device-Id`. */
  deviceId?: string;
  /** Sent as `Authorization: Bearer …`. */
  accessToken?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Default 10 s. */
  timeoutMs?: number;
}

/** Longer than a gateway makes a buyer wait for JetStream. After it the outcome is unknown, and the same request is safe to repeat. */
const TIMEOUT_MS = 10_000;

/** Sends a request and resolves with its JSON. Throws every problem, of the API or the network, as an {@link ApiProblem}. */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  const body = await readJson(response);
  if (response.ok) return body as Answer;
  throw ApiProblem.from(response.status, body, response.headers.get('retry-after'));
}

async function send(
  path: string,
  {
    method = 'GET',
    body,
    prefer,
    idempotencyKey,
    language,
    deviceId,
    accessToken,
    signal,
    timeoutMs = TIMEOUT_MS,
  }: RequestOptions,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (prefer !== undefined) headers['prefer'] = prefer;
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  if (language !== undefined) headers['accept-language'] = language;
  if (deviceId !== undefined) headers['x-device-id'] = deviceId;
  if (accessToken !== undefined) headers['authorization'] = `Bearer ${accessToken}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? timeout : anyOf(signal, timeout),
      cache: 'no-store',
      credentials: 'omit',
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ApiProblem({ code: OFFLINE, status: 0, title: 'No answer', detail: String(cause) });
  }
}

/** The oldest supported phones have no AbortSignal.any. */
function anyOf(first: AbortSignal, second: AbortSignal): AbortSignal {
  const either = new AbortController();
  for (const signal of [first, second]) {
    if (signal.aborted) either.abort(signal.reason);
    else signal.addEventListener('abort', () => either.abort(signal.reason), { once: true });
  }
  return either.signal;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Cut off, or a proxy's HTML page.
    if (response.ok) throw new ApiProblem({ code: OFFLINE, status: 0, title: 'No answer', detail: 'The answer was cut off.' });
    return undefined;
  }
}
