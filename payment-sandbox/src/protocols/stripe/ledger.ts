import { randomUUID } from 'node:crypto';
import type { SandboxPayment, SandboxRefund } from '../../books.ts';
import type { ProtocolParts } from '../../protocol.ts';
import { invalid, missing, Refusal } from './errors.ts';
import type { Fields } from './form.ts';
import {
  chargeOf,
  dataOf,
  hasIntent,
  intentOf,
  numberIn,
  type RefundData,
  refundDataOf,
  refundOf,
  sessionOf,
  transactionOf,
} from './objects.ts';
import { minorUnits, readSession } from './session-request.ts';

interface Idempotency {
  key: string | undefined;
  fingerprint: string;
}

const NAME = 'stripe';
const text = (field: string | Fields | undefined): string | undefined => (typeof field === 'string' ? field : undefined);

/** Stripe's calls, on the sandbox's books. */
export class Ledger {
  readonly #parts: ProtocolParts;
  /** What was made under an idempotency key, and by which request. */
  readonly #made = new Map<string, { fingerprint: string; again: () => object }>();

  constructor(parts: ProtocolParts) {
    this.#parts = parts;
    for (const payment of parts.books.paymentsOf(NAME)) this.#rememberSession(payment);
    for (const refund of parts.books.refundsOf(NAME)) this.#rememberRefund(refund);
  }

  createSession(fields: Fields, idempotency: Idempotency): object {
    const known = this.#known(idempotency);
    if (known !== undefined) return known;
    const asked = readSession(fields, Math.floor(Date.now() / 1_000));
    const { key: idempotencyKey, fingerprint } = idempotency;
    if (this.#parts.books.payment(`${NAME}:${asked.paymentId}`) !== undefined)
      throw invalid('The sandbox keeps one session for each metadata[paymentId]. Stripe would make a second one.');
    const data = { ...asked.data, idempotencyKey, fingerprint };
    const payment = this.#parts.books.open({ ...asked, protocol: NAME, data });
    this.#rememberSession(payment);
    return this.#sessionOf(payment);
  }

  session(id: string, expand: readonly string[]): object {
    return this.#sessionOf(this.#payment('cs_test_', id), expand);
  }

  expire(id: string): object {
    const { key, state } = this.#payment('cs_test_', id);
    const isOpen = state === 'OPEN' || state === 'DECLINED';
    if (!isOpen) throw invalid('Only Checkout Sessions with a status in ["open"] can be expired.');
    return this.#sessionOf(this.#parts.close(key));
  }

  intent(id: string, expand: readonly string[]): object {
    return intentOf(this.#paid(id), expand);
  }

  /** Only the two queries that the platform sends. */
  search(query: string | Fields | undefined, expand: readonly string[]): object {
    const [, number = '', status] =
      /^metadata\['paymentId'\]:'([^']+)'(?: AND status:'(succeeded)')?$/.exec(text(query) ?? '') ?? [];
    if (number === '') throw invalid('The sandbox does not understand this search.', { param: 'query' });
    const payment = this.#parts.books.payment(`${NAME}:${number}`);
    const isFound = payment !== undefined && hasIntent(payment) && (status === undefined || payment.state === 'PAID');
    const inner = expand.map((path) => path.replace(/^data\./, ''));
    return {
      object: 'search_result',
      data: isFound ? [intentOf(payment, inner)] : [],
      has_more: false,
      url: '/v1/payment_intents/search',
    };
  }

  createRefund(fields: Fields, idempotency: Idempotency): object {
    const known = this.#known(idempotency);
    if (known !== undefined) return known;
    const payment = this.#paid(text(fields['payment_intent']) ?? '');
    if (payment.state !== 'PAID') throw invalid('This PaymentIntent does not have a successful charge to refund.');
    const { currency, amountCents: paidCents, key } = payment;
    const left = paidCents - this.#parts.books.refundedCents(key);
    if (left === 0) throw invalid('The charge has already been refunded.', { code: 'charge_already_refunded' });
    const asked = text(fields['amount']);
    const amountCents = asked === undefined ? left : minorUnits(Number(asked), currency.toLowerCase());
    if (amountCents > left || !(amountCents > 0))
      throw invalid('The amount is not one of the unrefunded amount.', { param: 'amount' });
    const metadata = (fields['metadata'] ?? {}) as Record<string, string>;
    const { key: idempotencyKey, fingerprint } = idempotency;
    const amount = asked === undefined ? dataOf(payment).amount : Number(asked);
    const data: RefundData = { amount, metadata, idempotencyKey, fingerprint };
    const refundId = metadata['refundId'] ?? randomUUID();
    const refund = this.#parts.refund({ protocol: NAME, refundId, payment: key, amountCents, currency, data: { ...data } });
    this.#rememberRefund(refund);
    return refundOf(refund, payment);
  }

  refund(id: string): object {
    const refund = this.#parts.books.refundOf(`${NAME}:${numberIn('re_', id)}`);
    if (refund === undefined) throw missing(id);
    return this.#refundOf(refund);
  }

  refunds(fields: Fields): object {
    const { key } = this.#paid(text(fields['payment_intent']) ?? '');
    const refunds = [...this.#parts.books.refundsOf(NAME)].filter(({ payment }) => payment === key);
    return page(
      '/v1/refunds',
      refunds.map((refund) => this.#refundOf(refund)),
      fields,
    );
  }

  transactions(fields: Fields, expand: readonly string[]): object {
    const created = fields['created'];
    const { gte = '0', lt = '99999999999' } = typeof created === 'object' ? created : {};
    const paid = [...this.#parts.books.paymentsOf(NAME)].filter(({ state }) => state === 'PAID').map(chargeOf);
    const refunds = [...this.#parts.books.refundsOf(NAME)].map((refund) => this.#refundOf(refund));
    const all = [...paid, ...refunds].map((source) => transactionOf(source, expand.includes('data.source')));
    const those = all.filter((each) => each.created >= Number(gte) && each.created < Number(lt));
    return page('/v1/balance_transactions', those, fields);
  }

  #sessionOf(payment: SandboxPayment, expand?: readonly string[]) {
    return sessionOf(payment, this.#parts.cashierUrl(payment), expand);
  }

  #refundOf(refund: SandboxRefund) {
    const payment = this.#parts.books.payment(refund.payment);
    if (payment === undefined) throw missing(refund.refundId);
    return refundOf(refund, payment);
  }

  #payment(prefix: string, id: string): SandboxPayment {
    const payment = this.#parts.books.payment(`${NAME}:${numberIn(prefix, id)}`);
    if (payment === undefined) throw missing(id);
    return payment;
  }

  /** The payment of a PaymentIntent. */
  #paid(id: string): SandboxPayment {
    const payment = this.#payment('pi_', id);
    if (!hasIntent(payment)) throw missing(id);
    return payment;
  }

  #known({ key = '', fingerprint }: Idempotency): object | undefined {
    const made = this.#made.get(key);
    if (made !== undefined && made.fingerprint !== fingerprint)
      throw new Refusal(400, {
        type: 'idempotency_error',
        message: 'Keys for idempotent requests can only be used with the same parameters.',
      });
    return made?.again();
  }

  /** The answer is the first one: the session is open in it. */
  #rememberSession(payment: SandboxPayment): void {
    const { idempotencyKey, fingerprint } = dataOf(payment);
    const first: SandboxPayment = { ...payment, state: 'OPEN' };
    if (idempotencyKey !== undefined) this.#made.set(idempotencyKey, { fingerprint, again: () => this.#sessionOf(first) });
  }

  #rememberRefund(refund: SandboxRefund): void {
    const { idempotencyKey, fingerprint } = refundDataOf(refund);
    if (idempotencyKey !== undefined) this.#made.set(idempotencyKey, { fingerprint, again: () => this.#refundOf(refund) });
  }
}

/** A page of a list, the newest first. */
function page(url: string, objects: { id: string; created: number }[], { limit, starting_after: after }: Fields): object {
  const sorted = objects.sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  const from = sorted.findIndex(({ id }) => id === after) + 1;
  const to = from + Math.min(100, Number(limit ?? 10));
  return { object: 'list', data: sorted.slice(from, to), has_more: to < sorted.length, url };
}
