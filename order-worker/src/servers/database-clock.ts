import type { PrismaClient } from 'seckill-prisma';

/**
 * An estimate of PostgreSQL's clock. Payment deadlines are computed and compared on that clock alone, so a worker with a wrong clock neither
 * cancels early nor waits too long. It runs on this process's monotonic clock, which is never set.
 */
export class DatabaseClock {
  readonly #prisma: PrismaClient;
  #offsetMs = Date.now() - performance.now();

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  /** Unix time in ms. */
  now(): number {
    return performance.now() + this.#offsetMs;
  }

  /** Reads the clock, assuming that PostgreSQL read it halfway through the round trip. */
  async read(): Promise<void> {
    const asked = performance.now();
    const [row] = await this.#prisma.$queryRaw<{ now: number }[]>`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
    if (row !== undefined) this.#offsetMs = row.now - (asked + performance.now()) / 2;
  }
}
