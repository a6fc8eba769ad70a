import { FaultLog, type RefundReason, type RefundState, RepeatedTask } from 'seckill-core';
import { growingPauseMs } from '../../servers/growing-pause.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { ProviderRefused, type RefundRequest, type RefundStanding } from '../provider.ts';
import { storeEvents } from '../provider-events.ts';
import type { ProviderSet } from '../provider-set.ts';
import { readPayments, type StoredPayment } from '../stored-payments.ts';

const claimStatement = loadStatement(import.meta.url, 'claim-refunds');

const EVERY_MS = 3_000;
/** Calls to a provider at once. */
const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 10_000;
/** The call, and storing what it said, take less. */
const LEASE_SECONDS = 60;
const FIRST_PAUSE_MS = 1_000;
/** Between tries to send it. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Between questions about one that the provider decides later: it may take days, and most providers report the end. */
const LONGEST_GAP_MS = 60 * 60_000;
/** The place of refunds that wait until their provider is configured again. */
const NOT_CONFIGURED = '';

/** For the buyer's statement of account. */
const WORDS: Readonly<Record<RefundReason, string>> = {
  'order-cancelled': 'The order was cancelled',
  'already-paid': 'The order was already paid',
  'wrong-amount': 'The amount was not that of the order',
  'wrong-payer': 'The payment came from another payer',
  operator: 'Refund',
};

interface DueRefund {
  refundId: string;
  provider: string;
  paymentId: string;
  orderId: string;
  amountCents: number;
  currency: string;
  reason: RefundReason;
  state: RefundState;
  /** This one included. */
  attempts: number;
  paidCents: number;
}

/** The refunds of a provider that this worker has taken. */
interface Lane {
  calls: Set<Promise<void>>;
  /** All of its places were taken, so more refunds may wait. */
  isFull: boolean;
}

type Parts = Pick<WorkerContext, 'prisma' | 'publisher' | 'providers' | 'log'>;

/**
 * Sends decided refunds to their providers, and asks for those that a provider decides later. Each has its own call and its own pauses, so none waits
 * for another, and providers that hang delay no other. What a provider says of the end is stored like its notifications, and settled by their consumer.
 */
export class RefundSender {
  readonly #parts: Parts;
  readonly #task: RepeatedTask;
  readonly #lanes = new Map<string, Lane>();
  readonly #faults = new Map<string, FaultLog>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#task = new RepeatedTask({ name: 'sending refunds', everyMs: EVERY_MS, run: () => this.#begin(), log: parts.log });
  }

  start(): this {
    this.#task.start();
    return this;
  }

  /** Looks for refunds to send at once. */
  wake(): void {
    this.#task.wake();
  }

  async stop(): Promise<void> {
    await this.#task.stop();
    await Promise.all([...this.#lanes.values()].flatMap(({ calls }) => [...calls]));
  }

  async #begin(): Promise<void> {
    const free = [...this.#parts.providers.names, NOT_CONFIGURED]
      .map((name) => ({ name, places: AT_ONCE - this.#laneOf(name).calls.size }))
      .filter(({ places }) => places > 0);
    if (free.length === 0) return;
    const due = await this.#parts.prisma.$queryRawUnsafe<DueRefund[]>(
      claimStatement,
      this.#parts.providers.names,
      free.map(({ name }) => name),
      free.map(({ places }) => places),
      LEASE_SECONDS,
    );
    for (const { name, places } of free) {
      this.#laneOf(name).isFull = due.filter(({ provider }) => this.#laneNameOf(provider) === name).length === places;
    }
    if (due.length === 0) return;
    const payments = await readPayments(
      this.#parts.prisma,
      due.map(({ paymentId }) => paymentId),
    );
    const paymentOf = new Map(payments.map((payment) => [payment.request.paymentId, payment]));
    for (const refund of due) {
      const lane = this.#laneOf(this.#laneNameOf(refund.provider));
      const call = this.#try(refund, paymentOf.get(refund.paymentId)).finally(() => {
        lane.calls.delete(call);
        if (lane.isFull) this.wake();
      });
      lane.calls.add(call);
    }
  }

  #laneNameOf(provider: string): string {
    return this.#parts.providers.find(provider)?.name ?? NOT_CONFIGURED;
  }

  #laneOf(name: string): Lane {
    const lane = this.#lanes.get(name) ?? { calls: new Set(), isFull: false };
    this.#lanes.set(name, lane);
    return lane;
  }

  async #try(refund: DueRefund, payment: StoredPayment | undefined): Promise<void> {
    const { refundId, provider, paymentId, amountCents, currency, paidCents, reason } = refund;
    try {
      if (payment === undefined) throw new Error(`There is no payment ${paymentId}.`);
      const request = { refundId, payment: payment.request, paidCents, amountCents, currency, reason: WORDS[reason] };
      await this.#write(refund, await standingOf(this.#parts.providers.named(provider), request, refund.state));
      this.#faultsOf(provider).worked();
    } catch (error) {
      this.#faultsOf(provider).failed(error);
      await tryLater(this.#parts, refund, 'SENT', LONGEST_PAUSE_MS).catch((cause: unknown) => {
        this.#parts.log.warn({ err: cause, refundId }, 'a refund is tried again later than planned');
      });
    }
  }

  async #write(refund: DueRefund, standing: RefundStanding): Promise<void> {
    if (standing.state === 'pending') return tryLater(this.#parts, refund, 'PENDING', LONGEST_GAP_MS);
    const { refundId, provider, paymentId, orderId, amountCents, currency } = refund;
    const eventId = `asked:${refundId}:${standing.state}`;
    await storeEvents(this.#parts, provider, [
      { kind: 'refund', eventId, refundId, paymentId, orderId, amountCents, currency, standing },
    ]);
  }

  #faultsOf(provider: string): FaultLog {
    const known = this.#faults.get(provider);
    if (known !== undefined) return known;
    const { log } = this.#parts;
    const [begins, ends] = ['a refund failed; it is tried again', 'refunds work again'];
    const faults = new FaultLog({ log, fields: { provider }, begins, ends });
    this.#faults.set(provider, faults);
    return faults;
  }
}

/** A provider that refuses the call refuses the refund. */
async function standingOf(
  provider: ReturnType<ProviderSet['named']>,
  request: RefundRequest,
  state: RefundState,
): Promise<RefundStanding> {
  const giveUpAt = performance.now() + ANSWER_WITHIN_MS;
  try {
    const known = state === 'PENDING' ? await provider.getRefund(request, giveUpAt) : undefined;
    return known === undefined || known.state === 'unknown' ? await provider.refund(request, giveUpAt) : known;
  } catch (error) {
    if (error instanceof ProviderRefused) return { state: 'refused', reason: error.message };
    throw error;
  }
}

/** Each pause is about twice the one before. A refund that has ended since stays as it is. */
async function tryLater(
  { prisma }: Pick<Parts, 'prisma'>,
  { refundId, attempts }: DueRefund,
  state: 'SENT' | 'PENDING',
  longestMs: number,
): Promise<void> {
  const pauseMs = growingPauseMs(attempts, { firstMs: FIRST_PAUSE_MS, longestMs });
  await prisma.$executeRaw`
    UPDATE refunds
    SET state = CASE state WHEN 'PENDING' THEN state ELSE ${state}::refund_state END,
      next_try_at = clock_timestamp() + make_interval(secs => ${pauseMs / 1_000})
    WHERE id = ${refundId}::uuid AND state IN ('SENT', 'PENDING')`;
}
