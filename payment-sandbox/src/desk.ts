import type { Books, NewRefund, SandboxPayment, SandboxRefund } from './books.ts';
import type { Mood } from './faults.ts';
import type { Notifier } from './notifier.ts';
import type { SandboxEvent } from './protocol.ts';

const PENDING_MS = 1_000;

export interface DeskParts {
  books: Books;
  mood: Pick<Mood, 'of'>;
  notifier: Pick<Notifier, 'send'>;
}

/** What moves payments and refunds: each change goes into the books, then to the shop. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Returns the payment as it is now. It is PAID unless it was closed before; paying again changes nothing. */
  pay(key: string, payer?: string): SandboxPayment {
    const payment = this.#parts.books.pay(key, payer);
    if (payment.state === 'PAID') this.#notify('paid', payment);
    return payment;
  }

  decline(key: string): SandboxPayment {
    const payment = this.#parts.books.decline(key);
    if (payment.state === 'DECLINED') this.#notify('declined', payment);
    return payment;
  }

  close(key: string): SandboxPayment {
    const payment = this.#parts.books.close(key);
    if (payment.state === 'CLOSED') this.#notify('closed', payment);
    return payment;
  }

  refund(asked: NewRefund): SandboxRefund {
    const { books, mood } = this.#parts;
    const known = books.refundOf(`${asked.protocol}:${asked.refundId}`);
    if (known !== undefined) return known;
    const { answer = 'accept', end = 'accept', pendingMs = PENDING_MS, ...more } = mood.of(asked.protocol).refunds ?? {};
    const reason = 'reason' in more ? more.reason : 'The sandbox was asked to refuse refunds.';
    const ended = (how: 'accept' | 'refuse') =>
      how === 'accept' ? { state: 'DONE' as const } : { state: 'REFUSED' as const, reason };
    const refund = books.refund(
      asked,
      answer === 'pending' ? { state: 'PENDING', ends: { at: Date.now() + pendingMs, ...ended(end) } } : ended(answer),
    );
    this.#follow(refund);
    return refund;
  }

  /** After a start: sends what the shop has not acknowledged, and ends the pending refunds in time. */
  resume(protocols: Iterable<string>): void {
    for (const protocol of protocols) {
      for (const payment of this.#parts.books.paymentsOf(protocol)) {
        if (payment.state === 'PAID') this.#notify('paid', payment);
        if (payment.state === 'DECLINED') this.#notify('declined', payment);
        // What timed out was never announced.
        if (payment.state === 'CLOSED' && payment.closedAt !== payment.expiresAt) this.#notify('closed', payment);
      }
      for (const refund of this.#parts.books.refundsOf(protocol)) this.#follow(refund);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #notify(kind: 'paid' | 'declined' | 'closed', payment: SandboxPayment): void {
    this.#parts.notifier.send({ id: `evt_${payment.paymentId}_${kind}`, kind, payment });
  }

  #follow(refund: SandboxRefund): void {
    const { books, notifier } = this.#parts;
    if (refund.state === 'PENDING') {
      const end = () => this.#follow(books.endRefund(refund.key));
      if (refund.ends !== undefined) this.#timers.set(refund.key, setTimeout(end, refund.ends.at - Date.now()));
      return;
    }
    this.#timers.delete(refund.key);
    const payment = books.payment(refund.payment);
    if (payment === undefined) return;
    const event: SandboxEvent = { id: `evt_${refund.refundId}_${refund.state.toLowerCase()}`, kind: 'refund', payment, refund };
    notifier.send(event);
  }
}
