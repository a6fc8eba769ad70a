import type { Logger } from 'pino';
import {
  addRiskFindings,
  NO_RISK_SETTINGS,
  type RiskCount,
  type RiskSettings,
  readRiskSettings,
  readRiskVersion,
} from 'seckill-core';
import type { ServerClock } from '../../catalogue/server-clock.ts';
import { RedisAway, type RedisLink } from '../../links/redis-link.ts';
import type { RiskRules } from './risk-rules.ts';

const STORE_EVERY_MS = 1_000;

export interface RiskMemoryParts {
  redis: RedisLink;
  clock: ServerClock;
  rules: RiskRules;
  log: Logger;
}

/**
 * Keeps the rules and lists in memory as Redis has them: after a broadcast at once, otherwise within half a second. While Redis is down or has lost
 * them, the gateway judges by the last ones that it read. Also stores what the rules have found.
 */
export class RiskMemory {
  readonly #parts: RiskMemoryParts;
  readonly #stored = new Map<string, RiskCount>();
  #version: number | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #complained = false;
  #loaded = false;

  constructor(parts: RiskMemoryParts) {
    this.#parts = parts;
  }

  /** True once the rules were read, even if there are none. */
  get loaded(): boolean {
    return this.#loaded;
  }

  start(): void {
    const { redis } = this.#parts;
    // The version alone does not tell: another server may have reached the same number with other rules.
    redis.onReady(() => {
      this.#version = undefined;
      void this.#check();
    });
    redis.onExamination(() => void this.#check());
    this.#timer = setInterval(() => void this.store().catch(() => undefined), STORE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the rules. Once it resolves, memory has everything that was written before the call. Rejects while Redis is down. */
  async refresh(): Promise<void> {
    // A read in flight may have begun too early.
    await this.#running?.catch(() => undefined);
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Stores what the rules have found since the last call, for the operators. */
  async store(): Promise<void> {
    const { redis, rules } = this.#parts;
    const counts: RiskCount[] = [];
    for (const { ruleId, action, requests, users } of rules.verdicts.all()) {
      const key = `${ruleId}|${action}`;
      const stored = this.#stored.get(key);
      if (stored?.requests === requests) continue;
      counts.push({ ruleId, action, requests: requests - (stored?.requests ?? 0), users: users - (stored?.users ?? 0) });
      this.#stored.set(key, { ruleId, action, requests, users });
    }
    const samples = rules.verdicts.takeSamples();
    if (counts.length > 0) await redis.ask((client) => addRiskFindings(client, { counts, samples }));
  }

  async #check(): Promise<void> {
    const { redis, clock, rules } = this.#parts;
    rules.expire(clock.now());
    try {
      const version = await redis.ask(readRiskVersion);
      if (version !== undefined && version !== this.#version) await this.refresh();
      this.#loaded = true;
    } catch {
      // Redis is down, or `#read` has logged the reason: the next examination retries.
    }
  }

  async #read(): Promise<void> {
    const { redis, clock, rules, log } = this.#parts;
    try {
      const settings: RiskSettings = await redis.ask(readRiskSettings);
      // Redis has lost them: a worker writes them again.
      if (settings === NO_RISK_SETTINGS && rules.version > 0) return;
      rules.use(settings, clock.now());
      this.#version = settings.version;
      this.#complained = false;
    } catch (error) {
      if (!(error instanceof RedisAway) && !this.#complained) {
        this.#complained = true;
        log.error({ err: error }, 'the rules of risk control cannot be read; continuing with those already in memory');
      }
      throw error;
    }
  }
}
