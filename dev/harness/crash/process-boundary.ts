import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { NatsRequests } from './nats-requests.ts';
import type { Operation, RequestSplitter } from './operation.ts';
import { PostgresRequests } from './postgres-requests.ts';
import { RedisRequests } from './redis-requests.ts';

export interface BoundaryUrls {
  redisUrl: string;
  natsUrl: string;
  databaseUrl: string;
}

/** Where the process dies: at the `at`-th operation (from 1) that is counted. */
export interface CrashPoint {
  counts: (operation: Operation) => boolean;
  at: number;
  /** `before`: the operation is not carried out. `after`: it is, and its answer never arrives. */
  when: 'before' | 'after';
}

interface Link {
  process: Socket;
  outside: Socket;
}

class ProcessDead extends Error {
  override readonly name = 'ProcessDead';
}

/**
 * Every request of a part of the platform passes through here, so that the part can die between any two requests without any support in its
 * code. From then on nothing gets through, its connections break and new ones are refused: its servers see what they would see after `kill
 * -9`. The part still runs in the test's process, cut off, until the test disposes of it.
 */
export class ProcessBoundary {
  readonly urls: BoundaryUrls;
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  #seen: Operation[] = [];
  #point: CrashPoint | undefined;
  #counted = 0;
  #dead: Operation | undefined;
  #died: (operation: Operation) => void = () => {};
  /** Resolves with the operation at which it died. */
  readonly died = new Promise<Operation>((resolve) => {
    this.#died = resolve;
  });

  private constructor(urls: BoundaryUrls) {
    this.urls = urls;
  }

  static async around(servers: BoundaryUrls): Promise<ProcessBoundary> {
    const boundary = new ProcessBoundary({ ...servers });
    boundary.urls.redisUrl = await boundary.#between(servers.redisUrl, () => new RedisRequests());
    boundary.urls.natsUrl = await boundary.#between(servers.natsUrl, () => new NatsRequests());
    boundary.urls.databaseUrl = await boundary.#between(servers.databaseUrl, () => new PostgresRequests());
    return boundary;
  }

  /** The address of this part's HTTP server, through the boundary. Its answers are operations too: `http 202`. */
  front(url: string): Promise<string> {
    return this.#between(url, undefined);
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  /** The operations since {@link dieAt}, in order. */
  get seen(): readonly Operation[] {
    return this.#seen;
  }

  dieAt(point: CrashPoint): void {
    this.#point = point;
    this.#counted = 0;
    this.#seen = [];
  }

  /** Dies now, between whichever operations it is. */
  kill(): void {
    this.#die({ label: 'killed from outside', text: '' });
  }

  /** For calls that do not pass through the servers. Rejects if the process is dead: its remaining work has no effect. */
  async pass<Result>(operation: Operation, work: () => Promise<Result>): Promise<Result> {
    if (this.#judge(operation) === 'lost') throw new ProcessDead();
    const result = await work();
    if (this.isDead) throw new ProcessDead();
    return result;
  }

  async close(): Promise<void> {
    this.kill();
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = once(server, 'close');
        server.close();
        await closed;
      }),
    );
  }

  async #between(url: string, splitter: (() => RequestSplitter) | undefined): Promise<string> {
    const outside = new URL(url);
    const target = { host: outside.hostname, port: Number(outside.port), noDelay: true };
    const server = createServer((caller) => {
      if (this.isDead) return void caller.destroy();
      const callee = connect(target);
      const link = splitter === undefined ? { process: callee, outside: caller } : { process: caller, outside: callee };
      this.#join(link, splitter?.() ?? httpAnswers);
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    outside.hostname = '127.0.0.1';
    outside.port = String((server.address() as AddressInfo).port);
    return splitter === undefined ? outside.origin : outside.href;
  }

  #join(link: Link, requests: RequestSplitter): void {
    this.#links.add(link);
    const { process, outside } = link;
    for (const socket of [process, outside]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#part(link));
      socket.on('close', () => this.#part(link));
    }
    outside.on('data', (chunk) => {
      if (!this.isDead) process.write(chunk);
    });
    process.on('data', (chunk) => {
      for (const { bytes, label } of requests.take(chunk)) {
        if (this.isDead) return;
        if (label === undefined) outside.write(bytes);
        else this.#pass(link, { label, text: bytes.toString('latin1') }, bytes);
      }
    });
  }

  #pass(link: Link, operation: Operation, bytes: Buffer): void {
    const fate = this.#judge(operation, link);
    if (fate === 'lost') return;
    // The connection ends after the request, so the server still reads the request.
    if (fate === 'last') link.outside.end(bytes);
    else link.outside.write(bytes);
  }

  #judge(operation: Operation, link?: Link): 'passes' | 'last' | 'lost' {
    if (this.isDead) return 'lost';
    this.#seen.push(operation);
    const point = this.#point;
    if (point === undefined || !point.counts(operation)) return 'passes';
    this.#counted += 1;
    if (this.#counted !== point.at) return 'passes';
    this.#die(operation, point.when === 'after' ? link : undefined);
    return point.when === 'after' ? 'last' : 'lost';
  }

  #die(operation: Operation, last?: Link): void {
    if (this.#dead !== undefined) return;
    this.#dead = operation;
    for (const link of [...this.#links]) {
      if (link === last) link.process.destroy();
      else this.#part(link);
    }
    this.#died(operation);
  }

  #part(link: Link): void {
    if (!this.#links.has(link)) return;
    // The last request is still being sent: its connection ends after it.
    const leaving = this.isDead && link.outside.writableEnded && !link.outside.destroyed && !link.outside.closed;
    this.#links.delete(link);
    link.process.destroy();
    if (!leaving) link.outside.destroy();
  }
}

/** One answer a chunk: what the gateway sends is smaller than a segment. */
const httpAnswers: RequestSplitter = {
  take: (bytes) => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1', 0, 16))?.[1];
    return [status === undefined ? { bytes } : { bytes, label: `http ${status}` }];
  },
};
