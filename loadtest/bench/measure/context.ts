import { HttpClient, Operator } from 'simulation';
import { Generator } from '../generator/generator.ts';
import type { JobResult } from '../generator/job.ts';
import { bodyOf, mint } from '../generator/requests.ts';
import { type Baseline, startBaseline } from './baseline.ts';
import { EventLog } from './event-log.ts';
import { Ledger } from './ledger.ts';
import type { BenchPlatform } from './platform.ts';
import { type Costs, costsBetween, readCosts } from './process-costs.ts';
import type { BenchSale } from './sales.ts';

/** Tokens outlive the longest run. */
const TOKENS_LAST_S = 24 * 3600;
/** What a single buyer does who is answered UNAVAILABLE, for example because the machine stalled. */
const RETRY_MS = 200;
const RETRY_FOR_MS = 10_000;

export interface RowLoad {
  /** Default: the first gateway. */
  origins?: readonly string[];
  sale: BenchSale;
  /** Different users; default: one for each token. */
  users?: number;
  /** The first user; default 0. */
  firstUser?: number;
  /** Default: more than can be sent in the time. */
  tokens?: number;
  seconds?: number;
  connections?: number;
  /** Default: the bench's. A second load at the same time needs one for itself. */
  generator?: Generator;
  /** Requests per second. Default: as fast as they are answered. */
  ratePerSecond?: number;
}

/** What all rows of a bench share. */
export class BenchContext {
  readonly platform: BenchPlatform;
  readonly operator: Operator;
  readonly client: HttpClient;
  readonly ledger: Ledger;
  readonly events: EventLog;
  readonly generator: Generator;
  readonly bare: Baseline;
  readonly naive: Baseline;
  seconds: number;
  readonly connections: number;

  private constructor(
    platform: BenchPlatform,
    settings: { seconds: number; connections: number },
    parts: { events: EventLog; generator: Generator; bare: Baseline; naive: Baseline },
  ) {
    this.platform = platform;
    this.client = new HttpClient({ timeoutMs: 60_000 });
    this.operator = new Operator(platform, this.client);
    this.ledger = new Ledger(platform.databaseUrl);
    this.events = parts.events;
    this.generator = parts.generator;
    this.bare = parts.bare;
    this.naive = parts.naive;
    this.seconds = settings.seconds;
    this.connections = settings.connections;
  }

  static async create(platform: BenchPlatform, settings: { seconds: number; connections: number }): Promise<BenchContext> {
    const [events, generator, bare, naive] = await Promise.all([
      EventLog.connect(platform.natsUrl),
      Generator.start(),
      startBaseline('bare-fastify', platform.databaseUrl),
      startBaseline('naive-sql', platform.databaseUrl),
    ]);
    return new BenchContext(platform, settings, { events, generator, bare, naive });
  }

  get gateway(): string {
    return this.platform.gatewayUrls[0] ?? '';
  }

  /** Sends purchase tokens of the sale for the row's time, a new one with each request. */
  async load({ generator = this.generator, sale, users, tokens, firstUser = 0, ...load }: RowLoad): Promise<Measured> {
    const { origins = [this.gateway], seconds = this.seconds, ...more } = load;
    const count = tokens ?? Math.ceil(seconds * MOST_PER_SECOND);
    const go = await generator.prepare({
      origins,
      connections: this.connections,
      ...more,
      ...(tokens === undefined ? { seconds } : {}),
      bodies: {
        kind: 'tokens',
        count,
        secret: this.platform.tokenSecret,
        itemIds: sale.itemIds,
        users: users ?? count,
        firstUser,
        expiresAt: Math.floor(Date.now() / 1000) + TOKENS_LAST_S,
      },
    });
    return this.measure(go);
  }

  /** Runs `work` and measures the CPU and memory that each part uses for it. */
  async measure<Value>(work: () => Promise<Value>): Promise<{ value: Value; costs: Costs }> {
    const before = this.#readCosts();
    const value = await work();
    return { value, costs: costsBetween(before, this.#readCosts()) };
  }

  /** Sends one request with a new token, again and again while it is answered 503. Resolves with the last status. */
  async reserveOne(sale: BenchSale, userIndex: number): Promise<number> {
    const [token = ''] = mint({
      kind: 'tokens',
      count: 1,
      secret: this.platform.tokenSecret,
      itemIds: sale.itemIds,
      users: 1,
      expiresAt: Math.floor(Date.now() / 1000) + TOKENS_LAST_S,
      firstUser: userIndex,
    });
    const json = JSON.parse(bodyOf(token));
    for (const until = performance.now() + RETRY_FOR_MS; ; ) {
      const { status } = await this.client.request({ method: 'POST', url: `${this.gateway}/api/reservations`, json });
      if (status !== 503 || performance.now() > until) return status;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async close(): Promise<void> {
    this.generator.stop();
    this.client.close();
    await Promise.all([this.bare.stop(), this.naive.stop(), this.ledger.close(), this.events.close()]);
  }

  #readCosts(): Costs {
    return readCosts([
      ...this.platform.processes(),
      { part: 'bare', pids: [this.bare.pid] },
      { part: 'naive', pids: [this.naive.pid] },
      { part: 'load generator', pids: [this.generator.pid] },
    ]);
  }
}

/** More than a single gateway answers. Unused tokens cost only their minting. */
const MOST_PER_SECOND = 60_000;

export type Measured = { value: JobResult; costs: Costs };
