import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  client: Socket;
  upstream: Socket;
  /** Requests that still pass; then the link is silent for good. */
  requestsLeft: number;
}

/** A server ends a session whose client is gone at last, by keepalive; hours later by default. */
const SERVER_NOTICES_MS = 60_000;

/**
 * A TCP proxy that fails on purpose, between a process and one of its servers: it cuts connections in the middle of an answer, drops the
 * answer to a request that took effect, holds back all traffic, refuses connections, or goes silent without either side learning of it.
 */
export class FaultProxy {
  readonly #links = new Set<Link>();
  #target = 0;
  readonly #server: Server;
  #halveAnswers = 0;
  #swallowAnswers = 0;
  #stalled = false;
  #away = false;
  #vanished = false;

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

  /** Forwards new connections to another server on the loopback interface. */
  forwardTo(port: number): void {
    this.#target = port;
  }

  /** Cuts every connection now, except for silent ones: a side that is gone sends no end either. */
  cut(): void {
    for (const link of [...this.#links]) if (!isSilent(link)) this.#end(link);
  }

  /**
   * Each present connection goes silent for good after `requests()` more requests: nothing passes, and if one side ends it, the other side does
   * not learn of it. So a transaction may stay open at the server. New connections pass.
   */
  silence(requests: () => number = () => 0): void {
    for (const link of this.#links) {
      if (isSilent(link)) continue;
      link.requestsLeft = requests();
      if (isSilent(link)) this.#hush(link);
    }
  }

  /** As if the client's machine had lost its power: all connections are silent for good, and new ones stay silent until {@link heal}. */
  vanish(): void {
    this.#vanished = true;
    this.silence();
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
    this.#vanished = false;
    for (const link of this.#links) {
      if (isSilent(link)) continue;
      link.client.resume();
      link.upstream.resume();
    }
  }

  async stop(): Promise<void> {
    for (const link of [...this.#links]) this.#end(link);
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
    const link = { client, upstream, requestsLeft: this.#vanished ? 0 : Number.POSITIVE_INFINITY };
    this.#links.add(link);
    client.setNoDelay(true);
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.#left(link, socket));
      socket.on('close', () => this.#left(link, socket));
    }
    client.on('data', (chunk) => this.#ask(link, chunk));
    upstream.on('data', (chunk) => this.#answer(link, chunk));
    if (this.#vanished) this.#hush(link);
    else if (this.#stalled) client.pause();
  }

  #ask(link: Link, chunk: Buffer): void {
    this.#forward(link, link.client, link.upstream, chunk);
    link.requestsLeft -= 1;
    if (isSilent(link)) this.#hush(link);
  }

  #hush(link: Link): void {
    link.client.pause();
    link.upstream.pause();
    setTimeout(() => this.#end(link), SERVER_NOTICES_MS).unref();
  }

  /** One side has ended its connection. */
  #left(link: Link, socket: Socket): void {
    if (isSilent(link)) socket.destroy();
    else this.#end(link);
  }

  #answer(link: Link, chunk: Buffer): void {
    if (this.#swallowAnswers > 0) {
      this.#swallowAnswers -= 1;
      this.#end(link);
    } else if (this.#halveAnswers > 0) {
      this.#halveAnswers -= 1;
      link.client.end(chunk.subarray(0, chunk.length >> 1));
      link.upstream.destroy();
    } else this.#forward(link, link.upstream, link.client, chunk);
  }

  #end(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.client.destroy();
    link.upstream.destroy();
  }

  #forward(link: Link, from: Socket, to: Socket, chunk: Buffer): void {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.#stalled && !isSilent(link)) from.resume();
    });
  }
}

const isSilent = ({ requestsLeft }: Link): boolean => requestsLeft <= 0;
