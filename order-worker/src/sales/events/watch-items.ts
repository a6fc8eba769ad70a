import { type ItemChange, inOneWrite, listen, readItemState, readRunId, restocked, soldOut } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { readSaleRow } from '../sale-views.ts';
import { saleOfEvent } from './record-sale-event.ts';

const onSaleStatement = loadStatement(import.meta.url, 'items-on-sale');

/** Broadcasts may be lost, so all items on sale are read now and then. */
const READ_ALL_EVERY_MS = 10_000;
/** An item whose last units come back and go has one event in this time, however often they do. */
const PAUSE_SECONDS = 2;

type Parts = Pick<WorkerContext, 'nc' | 'redis' | 'prisma' | 'log'>;

interface OnSale {
  itemId: string;
  saleId: string;
  /** The last one of the item. */
  event: ItemChange | null;
  turn: number;
  recent: boolean;
}

/**
 * Records when an item sells out, and when it has units again. Gateways broadcast it, each for itself, so a broadcast is only a reason to look: Redis has
 * the number of units, and PostgreSQL the last event of the item.
 */
export class ItemWatch {
  readonly #parts: Parts;
  readonly #asked = new Set<string>();
  #readAllAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Listens to broadcasts; `wake` is called when an item is to be looked at. */
  listen(wake: () => void): { stop(): void } {
    const { nc, log } = this.#parts;
    const ask = ({ itemId }: { itemId: string }) => {
      // An item that waits for its pause is looked at with the next run.
      if (this.#asked.has(itemId)) return;
      this.#asked.add(itemId);
      wake();
    };
    const subscriptions = [listen(nc, soldOut, ask, log), listen(nc, restocked, ask, log)];
    return {
      stop: () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      },
    };
  }

  /** Looks at the items that were asked for, and at all now and then. */
  async look(): Promise<void> {
    const all = performance.now() >= this.#readAllAt;
    if (!all && this.#asked.size === 0) return;
    const asked = [...this.#asked];
    const items = await this.#parts.prisma.$queryRawUnsafe<OnSale[]>(onSaleStatement, all ? null : asked, PAUSE_SECONDS);
    const resting = new Set(items.filter(({ recent }) => recent).map(({ itemId }) => itemId));
    await this.#record(items.filter(({ recent }) => !recent));
    for (const itemId of asked) if (!resting.has(itemId)) this.#asked.delete(itemId);
    if (all) this.#readAllAt = performance.now() + READ_ALL_EVERY_MS;
  }

  /** Redis is read after the last event, and the event's turn is unique. So an event is recorded only if Redis differed from it. */
  async #record(items: readonly OnSale[]): Promise<void> {
    if (items.length === 0) return;
    const { redis } = this.#parts;
    const runId = await readRunId(redis);
    const states = await Promise.all(inOneWrite(redis, () => items.map(({ itemId }) => readItemState(redis, itemId))));
    for (const [i, item] of items.entries()) {
      const { left, runId: itsRunId } = states[i] ?? {};
      // What Redis lost, a worker rebuilds.
      if (left === undefined || itsRunId !== runId) continue;
      const event = left > 0 ? 'restocked' : 'sold-out';
      if (event !== (item.event ?? 'restocked')) await this.#write(item, event);
    }
  }

  async #write({ itemId, saleId, turn: last }: OnSale, event: ItemChange): Promise<void> {
    const { prisma } = this.#parts;
    const data = saleOfEvent(await readSaleRow(prisma, saleId), itemId);
    const turn = last + 1;
    const eventId = `${event}:${saleId}:${itemId}:${turn}`;
    await prisma.saleEvent.createMany({ data: [{ eventId, event, saleId, itemId, turn, data }], skipDuplicates: true });
  }
}
