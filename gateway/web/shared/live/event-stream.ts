import { SseParser } from './sse-parser.ts';

export type StreamState = 'connecting' | 'open' | 'waiting';

export interface EventStreamOptions {
  accessToken: string | undefined;
  /** Called for every event with its data, read as JSON. */
  onEvent(name: string, data: unknown): void;
  onState?(state: StreamState): void;
  /** The gateway will not stream this to us (signed out, not ours): trying again is of no use. */
  onRefused?(status: number): void;
}

/** The gateway sends a keep-alive every 15 s: after two and a half of them the link is dead, whatever the socket says. */
const SILENCE_MS = 38_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * Server-Sent Events over `fetch`, which unlike EventSource sends the access token in a header and not in the address.
 * After a cut it connects again, with growing waits that no two pages share. Returns the function that ends it.
 */
export function openEventStream(url: string, options: EventStreamOptions): () => void {
  const { accessToken, onEvent, onState, onRefused } = options;
  let lastEventId: string | undefined;
  let failures = 0;
  let ended = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let connection = new AbortController();

  async function connect(): Promise<void> {
    onState?.('connecting');
    connection = new AbortController();
    const { signal } = connection;
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (accessToken !== undefined) headers['authorization'] = `Bearer ${accessToken}`;
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    const response = await fetch(url, { headers, signal, cache: 'no-store', credentials: 'omit' });
    if ([401, 403, 404].includes(response.status)) {
      end();
      onRefused?.(response.status);
    } else if (response.ok && response.body !== null) await read(response.body);
  }

  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new SseParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let silence = setTimeout(() => connection.abort(), SILENCE_MS);
    try {
      onState?.('open');
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => connection.abort(), SILENCE_MS);
        for (const event of parser.push(decoder.decode(chunk.value, { stream: true }))) {
          if (ended) return;
          failures = 0;
          lastEventId = event.id ?? lastEventId;
          onEvent(event.name, JSON.parse(event.data));
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  function run(): void {
    connect()
      .catch(() => {})
      .then(() => {
        if (ended) return;
        onState?.('waiting');
        const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + Math.random());
        failures += 1;
        retry = setTimeout(() => {
          retry = undefined;
          run();
        }, wait);
      });
  }

  /** Back online: no use in waiting any longer. */
  function retryNow(): void {
    if (retry === undefined) return;
    clearTimeout(retry);
    retry = undefined;
    run();
  }

  function end(): void {
    ended = true;
    clearTimeout(retry);
    removeEventListener('online', retryNow);
    connection.abort();
  }

  addEventListener('online', retryNow);
  run();
  return end;
}
