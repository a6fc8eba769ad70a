import { createParser } from 'eventsource-parser';

export type StreamState = 'connecting' | 'open' | 'waiting';

export interface EventStreamOptions {
  accessToken: string | undefined;
  /** Called for every event with its data, parsed as JSON. */
  onEvent(name: string, data: unknown): void;
  onState?(state: StreamState): void;
  /** The gateway refuses the stream (signed out, another user's): a retry is of no use. */
  onRefused?(status: number): void;
}

/** The gateway sends a keep-alive every 15 s. If two in a row are missing, the connection is dead, even if its socket is open. */
const SILENCE_MS = 38_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * Reads Server-Sent Events with `fetch`: unlike EventSource it can send the access token in a header instead of the address.
 * After a cut it reconnects, with growing and random waits. Returns a function that ends the stream.
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
    const parser = createParser({
      onEvent({ event = 'message', data, id }) {
        if (ended) return;
        failures = 0;
        lastEventId = id ?? lastEventId;
        onEvent(event, JSON.parse(data));
      },
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let silence = setTimeout(() => connection.abort(), SILENCE_MS);
    try {
      onState?.('open');
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => connection.abort(), SILENCE_MS);
        parser.feed(decoder.decode(chunk.value, { stream: true }));
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

  /** The browser is back online, so there is no reason to wait any longer. */
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
