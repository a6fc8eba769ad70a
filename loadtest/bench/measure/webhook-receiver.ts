import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Paths of the endpoint that never answers, and of the one that always refuses. */
export const HANGS = '/hangs';
export const REFUSES = '/refuses';

/** Receives the webhooks of the bench, and notes how long after its event each one came. */
export class BenchReceiver {
  readonly #server = createServer((request, response) => this.#receive(request, response));
  /** By path, ms after the event, of first deliveries. */
  readonly lateMs = new Map<string, number[]>();
  readonly #seen = new Set<string>();
  /** Later than that, events count: the warm-up is over. */
  countFrom = Number.POSITIVE_INFINITY;

  static async start(): Promise<BenchReceiver> {
    const receiver = new BenchReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** How many different events came to a path. */
  count(path: string): number {
    return this.lateMs.get(path)?.length ?? 0;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const { url: path = '' } = request;
    if (path === HANGS) return;
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(path === REFUSES ? 500 : 204).end();
      if (path !== REFUSES) this.#note(path, JSON.parse(body) as { id: string; time: string });
    });
  }

  #note(path: string, { id, time }: { id: string; time: string }): void {
    const happened = Date.parse(time);
    if (happened < this.countFrom || this.#seen.has(path + id)) return;
    this.#seen.add(path + id);
    const late = this.lateMs.get(path) ?? [];
    this.lateMs.set(path, late);
    late.push(Date.now() - happened);
  }
}
