import { useTestServers } from 'dev/test';
import { Redis } from 'ioredis';
import {
  beginRebuild,
  changeItem,
  type ItemSettings,
  newId,
  newReservationId,
  openItem,
  type ReserveAnswer,
  type ReserveRequest,
  readRunId,
  reserve,
  type SaleSettings,
} from 'seckill-core';
import { afterAll, beforeAll } from 'vitest';

export interface ItemWanted extends Partial<Pick<ItemSettings, 'stock' | 'limitPerUser'>> {
  startsAt?: number;
  endsAt?: number;
  ratePerSecond?: number;
  burst?: number;
}

/** An empty Redis, and items on sale in it. `redis` and `runId` can be read from the first `beforeAll` on. */
export function useStock() {
  const servers = useTestServers();
  const stock = { redis: undefined as unknown as Redis, runId: '', putOnSale };
  let items = 0;

  beforeAll(async () => {
    stock.redis = new Redis(servers.redisUrl);
    stock.runId = await readRunId(stock.redis);
  });
  afterAll(() => stock.redis.disconnect());

  /** Puts a new item on sale, open to all for a long time unless `wanted` says otherwise. */
  async function putOnSale(wanted: ItemWanted = {}): Promise<ItemOnSale> {
    items += 1;
    const itemId = items.toString(16).padStart(6, '0');
    const onSale = new ItemOnSale(stock.redis, stock.runId, settingsOf(itemId, wanted));
    await onSale.open();
    return onSale;
  }
  return stock;
}

export function settingsOf(itemId: string, wanted: ItemWanted = {}): SaleSettings & { items: [ItemSettings] } {
  const { stock = 10, limitPerUser = 1, startsAt = 0, endsAt = 9e12, ratePerSecond = 1_000_000, burst = 1_000_000 } = wanted;
  return {
    saleId: newId(),
    version: 1,
    title: 'A sale',
    status: 'PUBLISHED',
    startsAt,
    endsAt,
    payTimeoutSeconds: 900,
    tokenLeadSeconds: 300,
    rateLimit: { ratePerSecond, burst },
    items: [{ itemId, title: 'An item', priceCents: 100, currency: 'EUR', stock, limitPerUser }],
  };
}

export class ItemOnSale {
  readonly redis: Redis;
  readonly runId: string;
  readonly itemId: string;
  sale: SaleSettings & { items: [ItemSettings] };

  constructor(redis: Redis, runId: string, sale: SaleSettings & { items: [ItemSettings] }) {
    this.redis = redis;
    this.runId = runId;
    this.sale = sale;
    this.itemId = sale.items[0].itemId;
  }

  async open(replay: () => Promise<unknown> = async () => undefined): Promise<boolean> {
    const mark = newId();
    await beginRebuild(this.redis, this.itemId, mark);
    await replay();
    const { runId, sale } = this;
    return openItem(this.redis, { runId, mark, sale, item: sale.items[0] });
  }

  /** Writes a newer version of the settings, as an operator does. */
  change(change: { status?: SaleSettings['status']; stock?: number }) {
    const [item] = this.sale.items;
    this.sale = {
      ...this.sale,
      version: this.sale.version + 1,
      status: change.status ?? this.sale.status,
      items: [{ ...item, stock: change.stock ?? item.stock }],
    };
    return changeItem(this.redis, this.sale, this.sale.items[0]);
  }

  request(userId: string, quantity = 1): ReserveRequest {
    return { reservationId: newReservationId(this.itemId), userId, quantity };
  }

  async reserve(...requests: ReserveRequest[]): Promise<ReserveAnswer[]> {
    return (await reserve(this.redis, this.itemId, this.runId, requests)).answers;
  }

  /** One buyer, one answer. */
  async buy(userId: string, quantity = 1): Promise<ReserveRequest & ReserveAnswer> {
    const request = this.request(userId, quantity);
    const [answer] = await this.reserve(request);
    if (answer === undefined) throw new Error('reserve gave no answer.');
    return { ...request, ...answer };
  }
}

export const countOf = (answers: readonly ReserveAnswer[], answer: ReserveAnswer['answer']): number =>
  answers.filter((each) => each.answer === answer).length;

/** The arguments of a move of a reservation. */
export const moveOf = ({ reservationId, userId, quantity }: ReserveRequest, reservedAt = 1_000, payBy = 0) => ({
  reservationId,
  userId,
  quantity,
  reservedAt,
  payBy,
});
