import type { Logger } from 'pino';
import { writeAnswerCounts } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';

const EVERY_MS = 2_000;

type Answers = Readonly<Record<string, number>>;

export interface AnswerLedgerParts {
  redis: RedisLink;
  sales: SalesMemory;
  log: Logger;
}

/** Stores this gateway's answer counts per item in Redis, so that a report includes buyers without a win even after all gateways have stopped. */
export class AnswerLedger {
  readonly #parts: AnswerLedgerParts;
  readonly #gatewayId: string;
  readonly #written = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(parts: AnswerLedgerParts, gatewayId: string) {
    this.#parts = parts;
    this.#gatewayId = gatewayId;
    // Redis may have lost its data: write everything again.
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
      const changed: Promise<void>[] = [];
      for (const { itemId, answers } of this.#parts.sales.items()) {
        const total = totalOf(answers);
        if (total !== (this.#written.get(itemId) ?? 0)) changed.push(this.#writeItem(itemId, answers, total));
      }
      await Promise.all(changed);
      this.#complained = false;
    } catch (error) {
      // While Redis is down nothing is lost: the next round writes the latest counts.
      if (error instanceof RedisAway || this.#complained) return;
      this.#complained = true;
      this.#parts.log.error({ err: error }, 'answer counts cannot be stored for the report; trying again');
    }
  }

  async #writeItem(itemId: string, answers: Answers, total: number): Promise<void> {
    await this.#parts.redis.ask((redis) => writeAnswerCounts(redis, itemId, this.#gatewayId, answers));
    this.#written.set(itemId, total);
  }
}

function totalOf(answers: Answers): number {
  let total = 0;
  for (const outcome in answers) total += answers[outcome] ?? 0;
  return total;
}
