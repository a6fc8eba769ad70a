import { BatchConsumer, type PaymentDeadline, paymentDeadline, RepeatedTask, STREAMS } from 'seckill-core';
import type { WorkerContext } from '../../worker-context.ts';
import { cancelUnpaid } from './cancel-unpaid.ts';

/** A sale announced by another worker needs its consumer before its first order is due; broadcasts may be missed. */
const LOOK_EVERY_MS = 2_000;

/**
 * One durable consumer for each length of delay: within one length, the order of the stream is the order of falling due, so a bounded
 * window of messages held back is enough however many wait behind it.
 */
export class DeadlineConsumers {
  readonly #context: WorkerContext;
  readonly #consumers = new Map<number, Promise<BatchConsumer<PaymentDeadline>>>();
  readonly #look: RepeatedTask;
  #stopping = false;

  constructor(context: WorkerContext) {
    this.#context = context;
    this.#look = new RepeatedTask({
      name: 'the look for payment timeouts',
      everyMs: LOOK_EVERY_MS,
      run: () => this.#startMissing(),
      log: context.log,
    });
  }

  start(): this {
    this.#look.start();
    return this;
  }

  /** A sale was announced: look at once. */
  wake(): void {
    this.#look.wake();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#look.stop();
    await Promise.all([...this.#consumers.values()].map(async (consumer) => (await consumer).stop()));
  }

  async #startMissing(): Promise<void> {
    // Sales that are long over have no unpaid orders left; their timeouts need no consumer.
    const timeouts = await this.#context.prisma.$queryRaw<{ seconds: number }[]>`
      SELECT DISTINCT pay_timeout_seconds AS seconds FROM sales
      WHERE status <> 'DRAFT' AND ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'`;
    for (const { seconds } of timeouts) {
      if (this.#stopping || this.#consumers.has(seconds)) continue;
      const consumer = this.#start(seconds);
      this.#consumers.set(seconds, consumer);
      await consumer.catch((error: unknown) => {
        this.#consumers.delete(seconds);
        throw error;
      });
    }
  }

  #start(payTimeoutSeconds: number): Promise<BatchConsumer<PaymentDeadline>> {
    const { nc, publisher, log, ackWaitMs } = this.#context;
    return new BatchConsumer<PaymentDeadline>({
      nc,
      publisher,
      log,
      stream: STREAMS.deadlines.name,
      durable: `deadlines-${payTimeoutSeconds}`,
      filterSubject: paymentDeadline.subject({ payTimeoutSeconds }),
      decode: paymentDeadline.decode,
      handle: (batch) => cancelUnpaid(this.#context, batch),
      ackWaitMs,
      maxBatch: 500,
      maxAckPending: 10_000,
    }).start();
  }
}
