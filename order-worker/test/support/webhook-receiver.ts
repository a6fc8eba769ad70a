import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  id: string;
  body: string;
  /** ms, of this process. */
  at: number;
}

type Answer = number | 'hang' | 'break' | { status: number; headers?: Record<string, string>; body?: string };

/** A server that keeps what it gets. `answer` decides what it says; by default 204. */
export class WebhookReceiver {
  readonly #server: Server;
  readonly got: ReceivedWebhook[] = [];
  answer: (webhook: ReceivedWebhook) => Answer | Promise<Answer> = () => 204;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const { url: path = '', headers } = request;
      const webhook = { path, headers, id: String(headers['webhook-id']), body, at: Date.now() };
      this.got.push(webhook);
      reply(response, await this.answer(webhook));
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** The ids that came to a path, in their order. */
  ids(path = '/hook'): string[] {
    return this.got.filter((webhook) => webhook.path === path).map(({ id }) => id);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'break') return void response.socket?.destroy();
  const { status, headers = {}, body = '' } = typeof answer === 'number' ? { status: answer } : answer;
  response.writeHead(status, headers).end(body);
}
