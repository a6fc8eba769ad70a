export interface Answer {
  status: number;
  /** `OK`, or the code of a problem. */
  code: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the body it asks for
  body: any;
  text: string;
  headers: Headers;
}

/** Makes an HTTP call. Sends `body` as JSON; a string unchanged. */
export async function call(
  url: string,
  method: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return {
    status: response.status,
    code: response.ok ? 'OK' : (json?.code ?? 'NONE'),
    body: json,
    text,
    headers: response.headers,
  };
}
