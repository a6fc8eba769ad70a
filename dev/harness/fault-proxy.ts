import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  client: Socket;
  upstream: Socket;
}

/**
 * A TCP proxy that fails on purpose, between a process and one of its servers: it cuts connections in the middle of an answer, drops the
 * answer to a request that took effect, holds back all traffic, or refuses connections.
 */
export class FaultProxy {
  readonly #links = new Set<Link>();
  #target = 0;
  readonly #server: Server;
  #halveAnswers = 0;
  #swallowAnswers = 0;
  #stalled = false;
  #away = false;

  private constructor() {
    this.#server = createServer((client) => this.#connect(client));
  }

  /** Listens on a free port of the loopback interface; connections break until {@link through} has named the server. */
  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Forwards to the server of `url` on the loopback interface from now on, and returns its address through the proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    this.#target = Number(proxied.port);
    proxied.port = String(this.port);
    return proxied.href;
  }

  /** Cuts every connection now. */
  cut(): void {
    for (const link of [...this.#links]) this.#end(link);
  }

  /** Passes only the first half of each of the next `count` answers, then breaks the connection. */
  halveAnswers(count: number): void {
    this.#halveAnswers = count;
  }

  /** Drops the next `count` answers and breaks their connections. The requests take effect. */
  swallowAnswers(count: number): void {
    this.#swallowAnswers = count;
  }

  /** Holds back all traffic in both directions until {@link heal}; connections stay open. */
  stall(): void {
    this.#stalled = true;
    for (const { client, upstream } of this.#links) {
      client.pause();
      upstream.pause();
    }
  }

  /** Connections break and new ones are refused until {@link heal}. */
  goAway(): void {
    this.#away = true;
    this.cut();
  }

  heal(): void {
    this.#halveAnswers = 0;
    this.#swallowAnswers = 0;
    this.#away = false;
    this.#stalled = false;
    for (const { client, upstream } of this.#links) {
      client.resume();
      upstream.resume();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #connect(client: Socket): void {
    if (this.#away) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: this.#target, noDelay: true });
    const link = { client, upstream };
    this.#links.add(link);
    client.setNoDelay(true);
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.#end(link));
      socket.on('close', () => this.#end(link));
    }
    client.on('data', (chunk) => this.#forward(client, upstream, chunk));
    upstream.on('data', (chunk) => this.#answer(link, chunk));
    if (this.#stalled) client.pause();
  }

  #answer(link: Link, chunk: Buffer): void {
    if (this.#swallowAnswers > 0) {
      this.#swallowAnswers -= 1;
      this.#end(link);
    } else if (this.#halveAnswers > 0) {
      this.#halveAnswers -= 1;
      link.client.end(chunk.subarray(0, chunk.length >> 1));
      link.upstream.destroy();
    } else this.#forward(link.upstream, link.client, chunk);
  }

  #end(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.client.destroy();
    link.upstream.destroy();
  }

  #forward(from: Socket, to: Socket, chunk: Buffer): void {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.#stalled) from.resume();
    });
  }
}
