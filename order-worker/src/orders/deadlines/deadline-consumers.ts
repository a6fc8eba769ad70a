import { BatchConsumer, type PaymentDeadline, paymentDeadline, RepeatedTask, STREAMS } from 'seckill-core';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { OrderWriter } from '../after-commit.ts';
import { FINISHED_WITHIN_SECONDS } from '../remember-to-finish.ts';
import { type ClosingWaker, cancelUnpaid } from './cancel-unpaid.ts';

/** A sale that another worker published needs its consumer before its first order is due, and a broadcast can be missed. */
const CHECK_EVERY_MS = 2_000;

/** The name of each ends with its payment timeout in seconds. */
export const DEADLINES_CONSUMER = 'deadlines-';

type Parts = OrderWriter & ClosingWaker & Pick<WorkerContext, 'log' | 'ackWaitMs'>;

/**
 * One durable consumer for each payment timeout, and one for cancels that may be left unfinished. Messages with the same timeout fall due in the order of the stream, so a bounded window of
 * delayed messages is enough however many wait behind it.
 */
export class DeadlineConsumers {
  readonly #parts: Parts;
  readonly #consumers = new Map<number, Promise<BatchConsumer<PaymentDeadline>>>();
  readonly #started = new Set<BatchConsumer<PaymentDeadline>>();
  readonly #check: RepeatedTask;
  #stopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#check = new RepeatedTask({
      name: 'starting deadline consumers',
      everyMs: CHECK_EVERY_MS,
      run: () => this.#startMissing(),
      log: parts.log,
    });
  }

  start(): this {
    this.#check.start();
    return this;
  }

  /** Checks at once: a sale was published. */
  wake(): void {
    this.#check.wake();
  }

  /** As of {@link BatchConsumer}, of the oldest batch. */
  get batchAgeMs(): number {
    return Math.max(0, ...Array.from(this.#started, ({ batchAgeMs }) => batchAgeMs));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#check.stop();
    await Promise.all([...this.#consumers.values()].map(async (consumer) => (await consumer).stop()));
  }

  async #startMissing(): Promise<void> {
    // Sales that ended long ago have no unpaid orders left, so their timeouts need no consumer.
    const timeouts = await this.#parts.prisma.$queryRaw<{ seconds: number }[]>`
      SELECT DISTINCT pay_timeout_seconds AS seconds FROM sales
      WHERE status <> 'DRAFT' AND ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'`;
    for (const { seconds } of [{ seconds: FINISHED_WITHIN_SECONDS }, ...timeouts]) {
      if (this.#stopping || this.#consumers.has(seconds)) continue;
      const consumer = this.#start(seconds);
      this.#consumers.set(seconds, consumer);
      const started = await consumer.catch((error: unknown) => {
        this.#consumers.delete(seconds);
        throw error;
      });
      this.#started.add(started);
    }
  }

  #start(payTimeoutSeconds: number): Promise<BatchConsumer<PaymentDeadline>> {
    const { nc, publisher, log, ackWaitMs } = this.#parts;
    return new BatchConsumer<PaymentDeadline>({
      nc,
      publisher,
      log,
      stream: STREAMS.deadlines.name,
      durable: `${DEADLINES_CONSUMER}${payTimeoutSeconds}`,
      filterSubject: paymentDeadline.subject({ payTimeoutSeconds }),
      decode: (data) => ({ parts: [{ value: paymentDeadline.decode(data) }] }),
      handle: (batch, progress) => cancelUnpaid(this.#parts, batch, progress),
      ackWaitMs,
      // Messages. One of a rush has up to 500 orders.
      maxBatch: 100,
      maxAckPending: 10_000,
    }).start();
  }
}
