import type { PrismaClient } from 'seckill-prisma';

/**
 * PostgreSQL's clock, as well as it can be read from here: payment deadlines are computed and compared on that clock alone, so
 * a worker whose own clock is wrong neither cancels early nor waits too long.
 */
export class DatabaseClock {
  readonly #prisma: PrismaClient;
  #offsetMs = 0;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  /** ms. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Asks PostgreSQL; half of the way there and back is the best guess of when it looked. */
  async read(): Promise<void> {
    const asked = Date.now();
    const [row] = await this.#prisma.$queryRaw<{ now: number }[]>`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
    if (row !== undefined) this.#offsetMs = row.now - (asked + Date.now()) / 2;
  }
}
