import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';

/** `DECLINED`: the buyer's attempt failed; it can still be paid. */
type PaymentState = 'OPEN' | 'DECLINED' | 'PAID' | 'CLOSED';

export interface SandboxPayment {
  /** `<protocol>:<the merchant's number of the payment>`. */
  key: string;
  protocol: string;
  /** Unguessable; the last part of the cashier's address, and of codes. */
  token: string;
  /** The merchant's number. */
  paymentId: string;
  orderId: string;
  /** In the currency's ISO 4217 minor unit. */
  amountCents: number;
  currency: string;
  title: string;
  state: PaymentState;
  /** ms. */
  createdAt: number;
  /** When the provider closes it without a request, ms; undefined: never. */
  expiresAt?: number | undefined;
  paidAt?: number | undefined;
  closedAt?: number | undefined;
  /** Who pays, if the protocol says so. */
  payer?: string | undefined;
  /** Where the buyer goes after the cashier's page. */
  returnUrl?: string | undefined;
  /** What the protocol keeps with it, as JSON. */
  data: Record<string, unknown>;
}

type RefundState = 'PENDING' | 'DONE' | 'REFUSED';

export interface SandboxRefund {
  /** `<protocol>:<the merchant's number of the refund>`. */
  key: string;
  protocol: string;
  refundId: string;
  /** Key of its payment. */
  payment: string;
  amountCents: number;
  currency: string;
  state: RefundState;
  reason?: string | undefined;
  createdAt: number;
  /** Until when it is PENDING, ms, and what it is then. */
  ends?: { at: number; state: 'DONE' | 'REFUSED'; reason?: string | undefined } | undefined;
  doneAt?: number | undefined;
  data: Record<string, unknown>;
}

type NewPayment = Omit<SandboxPayment, 'key' | 'token' | 'state' | 'createdAt' | 'paidAt' | 'closedAt'>;
/** What the shop asks for. */
export type NewRefund = Pick<SandboxRefund, 'protocol' | 'refundId' | 'payment' | 'amountCents' | 'currency' | 'data'>;
type RefundAnswer = Pick<SandboxRefund, 'state' | 'reason' | 'ends'>;
/** Characters of a token. */
export const TOKEN_LENGTH = 22;
/** 122 random bits. Node draws UUIDs from a pool, so that most cost no system call. */
const newToken = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');

type Entry = { payment: SandboxPayment } | { refund: SandboxRefund } | { acknowledged: string };

/**
 * What the provider knows: payments and refunds. Each change is appended to a file before it counts, so a sandbox that was killed knows everything that
 * it has answered. Without a file, in memory.
 */
export class Books {
  readonly #payments = new Map<string, SandboxPayment>();
  readonly #refunds = new Map<string, SandboxRefund>();
  readonly #byToken = new Map<string, string>();
  readonly #acknowledged = new Set<string>();
  #file: number | undefined;

  constructor(path?: string) {
    if (path === undefined) return;
    if (existsSync(path)) this.#read(readFileSync(path, 'utf8'));
    this.#file = openSync(path, 'a');
    // A sandbox that was killed may have left half a line.
    appendFileSync(this.#file, '\n');
  }

  /** Returns the payment under the same number, if there is one. */
  open(payment: NewPayment): SandboxPayment {
    const key = `${payment.protocol}:${payment.paymentId}`;
    const known = this.payment(key);
    if (known !== undefined) return known;
    return this.#write({ payment: { ...payment, key, token: newToken(), state: 'OPEN', createdAt: Date.now() } });
  }

  /** Undefined if there is none. An unpaid one whose time is over is CLOSED. */
  payment(key: string): SandboxPayment | undefined {
    const payment = this.#payments.get(key);
    const { state, expiresAt = Number.POSITIVE_INFINITY } = payment ?? {};
    if (payment === undefined || state === 'PAID' || state === 'CLOSED' || expiresAt > Date.now()) return payment;
    return this.#write({ payment: { ...payment, state: 'CLOSED', closedAt: expiresAt } });
  }

  paymentOfToken(token: string): SandboxPayment | undefined {
    const key = this.#byToken.get(token);
    return key === undefined ? undefined : this.payment(key);
  }

  /** Returns the payment as it is now: PAID, unless it was CLOSED. Paying twice changes nothing. */
  pay(key: string, payer?: string): SandboxPayment {
    const payment = this.#known(key);
    if (payment.state === 'PAID' || payment.state === 'CLOSED') return payment;
    return this.#write({ payment: { ...payment, state: 'PAID', paidAt: Date.now(), payer: payer ?? payment.payer } });
  }

  decline(key: string): SandboxPayment {
    const payment = this.#known(key);
    return payment.state === 'OPEN' ? this.#write({ payment: { ...payment, state: 'DECLINED' } }) : payment;
  }

  /** Returns the payment as it is now: CLOSED, unless it was PAID. */
  close(key: string): SandboxPayment {
    const payment = this.#known(key);
    if (payment.state === 'PAID' || payment.state === 'CLOSED') return payment;
    return this.#write({ payment: { ...payment, state: 'CLOSED', closedAt: Date.now() } });
  }

  /** Changes what the protocol keeps with a payment. */
  keep(key: string, data: Record<string, unknown>): SandboxPayment {
    const payment = this.#known(key);
    return this.#write({ payment: { ...payment, data: { ...payment.data, ...data } } });
  }

  /** Returns the refund under the same number, if there is one. */
  refund(asked: NewRefund, answer: RefundAnswer): SandboxRefund {
    const key = `${asked.protocol}:${asked.refundId}`;
    const known = this.#refunds.get(key);
    if (known !== undefined) return known;
    const now = Date.now();
    return this.#write({
      refund: { ...asked, ...answer, key, createdAt: now, ...(answer.state === 'DONE' ? { doneAt: now } : {}) },
    });
  }

  refundOf(key: string): SandboxRefund | undefined {
    return this.#refunds.get(key);
  }

  /** Ends a pending refund as its entry says. */
  endRefund(key: string): SandboxRefund {
    const refund = this.#refunds.get(key);
    if (refund?.ends === undefined) throw new Error(`There is no pending refund ${key}.`);
    const { state, reason } = refund.ends;
    return this.#write({
      refund: { ...refund, state, reason, ends: undefined, ...(state === 'DONE' ? { doneAt: Date.now() } : {}) },
    });
  }

  /** Remembers that the shop has a notification, or never gets it. */
  acknowledge(notification: string): void {
    this.#write({ acknowledged: notification });
  }

  isAcknowledged(notification: string): boolean {
    return this.#acknowledged.has(notification);
  }

  /** Money that went back or is to go back, in the minor unit. */
  refundedCents(paymentKey: string): number {
    let sum = 0;
    for (const { payment, state, amountCents } of this.#refunds.values())
      if (payment === paymentKey && state !== 'REFUSED') sum += amountCents;
    return sum;
  }

  *paymentsOf(protocol: string): Generator<SandboxPayment> {
    for (const key of this.#payments.keys()) {
      const payment = this.payment(key);
      if (payment?.protocol === protocol) yield payment;
    }
  }

  *refundsOf(protocol: string): Generator<SandboxRefund> {
    for (const refund of this.#refunds.values()) if (refund.protocol === protocol) yield refund;
  }

  stop(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #known(key: string): SandboxPayment {
    const payment = this.payment(key);
    if (payment === undefined) throw new Error(`There is no payment ${key}.`);
    return payment;
  }

  #write(entry: { payment: SandboxPayment }): SandboxPayment;
  #write(entry: { refund: SandboxRefund }): SandboxRefund;
  #write(entry: { acknowledged: string }): undefined;
  #write(entry: Entry): SandboxPayment | SandboxRefund | undefined {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
    return this.#apply(entry);
  }

  #apply(entry: Entry): SandboxPayment | SandboxRefund | undefined {
    if ('acknowledged' in entry) {
      this.#acknowledged.add(entry.acknowledged);
      return undefined;
    }
    if ('refund' in entry) {
      this.#refunds.set(entry.refund.key, entry.refund);
      return entry.refund;
    }
    this.#payments.set(entry.payment.key, entry.payment);
    this.#byToken.set(entry.payment.token, entry.payment.key);
    return entry.payment;
  }

  #read(text: string): void {
    for (const line of text.split('\n')) {
      const entry = parse(line);
      if (entry !== undefined) this.#apply(entry);
    }
  }
}

/** Undefined for an empty line, and for the half line of a sandbox that was killed. */
function parse(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
