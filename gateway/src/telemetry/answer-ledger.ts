import { writeAnswerCounts } from 'seckill-core';
import type { GatewayParts } from '../gateway-parts.ts';

const EVERY_MS = 2_000;

/** Keeps in Redis what this gateway has answered for each item, so that a report counts those who lost as well, also after all gateways are gone. */
export class AnswerLedger {
  readonly #parts: Pick<GatewayParts, 'redis' | 'sales' | 'log'>;
  readonly #gatewayId: string;
  readonly #written = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(parts: Pick<GatewayParts, 'redis' | 'sales' | 'log'>, gatewayId: string) {
    this.#parts = parts;
    this.#gatewayId = gatewayId;
    // A Redis that has lost its data gets everything anew.
    parts.redis.onReady(() => this.#written.clear());
  }

  start(): void {
    this.#timer = setInterval(() => void this.write(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async write(): Promise<void> {
    try {
      await Promise.all(Array.from(this.#parts.sales.items(), (item) => this.#writeItem(item.itemId, item.answers)));
      this.#complained = false;
    } catch (error) {
      // Away: the next round writes it, since only the latest counts matter.
      if ((error as Error).name === 'RedisAway' || this.#complained) return;
      this.#complained = true;
      this.#parts.log.error({ err: error }, 'answers cannot be kept for the report; trying again');
    }
  }

  async #writeItem(itemId: string, answers: Readonly<Record<string, number>>): Promise<void> {
    const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
    if (total === (this.#written.get(itemId) ?? 0)) return;
    await this.#parts.redis.ask((redis) => writeAnswerCounts(redis, itemId, this.#gatewayId, answers));
    this.#written.set(itemId, total);
  }
}
