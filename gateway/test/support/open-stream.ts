import { type ServerSentEvent, SseParser } from '../../web/shared/live/sse-parser.ts';

export interface TestStream {
  status: number;
  headers: Headers;
  /** The next event's data; waits for it. Undefined at the end of the stream. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the event it waits for
  next(): Promise<any>;
  close(): void;
}

/** Opens a stream of Server-Sent Events as a page does, and reads it with the page's own parser. */
export async function openStream(url: string, headers: Record<string, string>): Promise<TestStream> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.getReader();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const waiting: ServerSentEvent[] = [];
  return {
    status: response.status,
    headers: response.headers,
    async next() {
      while (waiting.length === 0) {
        const chunk = await reader?.read();
        if (chunk?.value === undefined) return undefined;
        waiting.push(...parser.push(decoder.decode(chunk.value, { stream: true })));
      }
      return JSON.parse(waiting.shift()?.data ?? 'null');
    },
    close: () => abort.abort(),
  };
}
