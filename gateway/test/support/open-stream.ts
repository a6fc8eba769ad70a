import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface TestStream {
  status: number;
  headers: Headers;
  /** Resolves with the next event's data; with undefined at the end of the stream. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the event it waits for
  next(): Promise<any>;
  close(): void;
}

/** Opens a stream of Server-Sent Events as a page does, and reads it with the same parser. */
export async function openStream(url: string, headers: Record<string, string>): Promise<TestStream> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.getReader();
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => waiting.push(event) });
  const decoder = new TextDecoder();
  return {
    status: response.status,
    headers: response.headers,
    async next() {
      while (waiting.length === 0) {
        const chunk = await reader?.read();
        if (chunk?.value === undefined) return undefined;
        parser.feed(decoder.decode(chunk.value, { stream: true }));
      }
      return JSON.parse(waiting.shift()?.data ?? 'null');
    },
    close: () => abort.abort(),
  };
}
