import type { Prisma, WebhookEndpoint } from 'seckill-prisma';
import { type Attempt, type Lane, type LaneWish, type ListenerTask, TaskFailed } from '../listeners/acting/acting-listener.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { AddressRules } from './address-rules.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import { ANSWER_WITHIN_MS, sendWebhook } from './send-webhook.ts';
import { laneOf, wishOf } from './webhook-lane.ts';
import { WebhookPool } from './webhook-pool.ts';
import type { WebhookSettings } from './webhook-settings.ts';

/** Requests to an endpoint at once, and so its connections. Each is of another order. */
const AT_ONCE = 16;

interface Entry {
  endpoint: WebhookEndpoint;
  /** What it was made of. */
  version: string;
  lane: Lane;
  pool: WebhookPool;
}

/** The endpoints as this worker knows them, each with its lane and its connections. */
export class EndpointBook {
  readonly #parts: Pick<WorkerContext, 'prisma'>;
  readonly #settings: WebhookSettings;
  readonly #rules: AddressRules;
  readonly #health: EndpointHealth;
  #entries = new Map<string, Entry>();
  #lanes: readonly Lane[] = [];
  #wishes: { of: string; wishes: readonly LaneWish[] } = { of: '', wishes: [] };

  constructor(parts: Pick<WorkerContext, 'prisma'>, settings: WebhookSettings, health: EndpointHealth) {
    this.#parts = parts;
    this.#settings = settings;
    this.#rules = new AddressRules(settings.allowPrivate);
    this.#health = health;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Reads the endpoints. One that has not changed keeps its connections. */
  async read(): Promise<void> {
    const endpoints = await this.#parts.prisma.webhookEndpoint.findMany({ where: { deletedAt: null } });
    const entries = new Map(endpoints.map((endpoint) => [endpoint.id, this.#entryOf(endpoint)]));
    for (const [id, { pool }] of this.#entries) if (entries.get(id)?.pool !== pool) pool.close();
    this.#entries = entries;
    this.#lanes = [...entries.values()].map(({ lane }) => lane);
  }

  /** What the endpoints want as a transaction sees them. Usually it is as it was, and one row says so: a hundred would cost more than all else. */
  async wishesIn(tx: Prisma.TransactionClient): Promise<readonly LaneWish[]> {
    const [{ of } = { of: '' }] = await tx.$queryRaw<{ of: string }[]>`
      SELECT concat(count(*), ' ', sum(hashtextextended(concat(id, events, sale_ids, created_at), 0))) AS of
      FROM webhook_endpoints WHERE deleted_at IS NULL`;
    if (of !== this.#wishes.of) this.#wishes = { of, wishes: await readWishes(tx) };
    return this.#wishes.wishes;
  }

  close(): void {
    for (const { pool } of this.#entries.values()) pool.close();
    this.#entries.clear();
    this.#lanes = [];
  }

  #entryOf(endpoint: WebhookEndpoint): Entry {
    const { id, url, events, saleIds, state, secret, previousSecret, previousSecretUntil } = endpoint;
    const version = JSON.stringify([url, events, saleIds, state, secret, previousSecret, previousSecretUntil]);
    const known = this.#entries.get(id);
    if (known?.version === version) return known;
    const pool = known?.endpoint.url === url ? known.pool : new WebhookPool(url, this.#rules, AT_ONCE);
    const lane: Lane = {
      ...wishOf(endpoint),
      // What waits for an endpoint that is paused or disabled is kept.
      atOnce: state === 'ACTIVE' ? AT_ONCE : 0,
      giveUpAfterMs: this.#settings.giveUpAfterMs,
      answerWithinMs: ANSWER_WITHIN_MS,
      act: (task, giveUpAt) => this.#send(id, task, giveUpAt),
    };
    return { endpoint, version, lane, pool };
  }

  async #send(id: string, { eventId, event }: ListenerTask, giveUpAt: number): Promise<Attempt> {
    const entry = this.#entries.get(id);
    if (entry?.endpoint.state !== 'ACTIVE') throw new TaskFailed(`${laneOf(id)} is not active any more.`);
    const { endpoint, pool } = entry;
    const sent = await sendWebhook({ pool, secrets: secretsOf(endpoint), eventId, body: event }, giveUpAt - performance.now());
    this.#health.note(id, sent);
    const { status, answer } = sent;
    const attempt = { ...(status === undefined ? {} : { status, answer }) };
    if (sent.result === 'delivered') return attempt;
    throw new TaskFailed(sent.error, {
      attempt: { ...attempt, error: sent.error },
      ...(sent.result === 'retry' ? { retryAfterMs: sent.afterMs } : {}),
    });
  }
}

async function readWishes(tx: Prisma.TransactionClient): Promise<LaneWish[]> {
  const select = { id: true, events: true, saleIds: true, createdAt: true };
  const endpoints = await tx.webhookEndpoint.findMany({ where: { deletedAt: null }, select });
  return endpoints.map(wishOf);
}

/** The secrets that sign now. */
export const secretsOf = ({ secret, previousSecret, previousSecretUntil }: WebhookEndpoint): string[] =>
  previousSecret !== null && previousSecretUntil !== null && previousSecretUntil.getTime() > Date.now()
    ? [secret, previousSecret]
    : [secret];
