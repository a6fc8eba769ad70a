import type { RedisLink } from '../links/redis-link.ts';

/** The samples that compete: at one every half second, those of the last four seconds. */
const SAMPLES = 8;
/** Samples of a new connection: its first answer is late, which would put the clock off by half of that. */
const FIRST_SAMPLES = 4;
/** Clocks that run at different speeds part by less in the time of all samples. */
const DRIFT_MS = 10;

/**
 * An estimate of Redis's clock. Redis decides when a sale opens and ends, so all gateways count down to the same moment whatever
 * their own clocks say. It runs on this process's monotonic clock, which is never set.
 */
export class ServerClock {
  readonly #samples: { offset: number; roundTrip: number }[] = [];
  #offset = Date.now() - performance.now();

  /** Ms since 1970 at the monotonic time `monotonic`, as `performance.now()` returns it. */
  at(monotonic: number): number {
    return monotonic + this.#offset;
  }

  now(): number {
    return Math.round(this.at(performance.now()));
  }

  /** Takes one sample. Rejects while Redis is down. */
  async ask(redis: RedisLink): Promise<void> {
    const sentAt = performance.now();
    const [seconds, micros] = await redis.ask((client) => client.time());
    this.learn(Number(seconds) * 1_000 + Number(micros) / 1_000, sentAt, performance.now());
  }

  /** Takes several samples, and ignores those that fail. */
  async askRepeatedly(redis: RedisLink): Promise<void> {
    for (let sample = 0; sample < FIRST_SAMPLES; sample += 1) await this.ask(redis).catch(() => undefined);
  }

  /** Forgets all samples: a new connection may reach another server with another clock. */
  doubt(): void {
    this.#samples.length = 0;
  }

  /**
   * Redis read `time` (ms) between the monotonic times `sentAt` and `receivedAt`. The shortest round trip is the most exact. A sample that
   * contradicts an earlier one means that the clock was set, so the earlier ones no longer count.
   */
  learn(time: number, sentAt: number, receivedAt: number): void {
    const sample = { offset: time - (sentAt + receivedAt) / 2, roundTrip: receivedAt - sentAt };
    const wasSet = this.#samples.some(
      (known) => Math.abs(known.offset - sample.offset) > (known.roundTrip + sample.roundTrip) / 2 + DRIFT_MS,
    );
    if (wasSet) this.#samples.length = 0;
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best === undefined || sample.roundTrip < best.roundTrip) best = sample;
    if (best !== undefined) this.#offset = best.offset;
  }
}
