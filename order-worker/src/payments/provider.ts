import type { Log } from 'seckill-core';
import type { Static, TObject } from 'typebox';

/** How the buyer reaches the checkout: a page, a QR code that another device scans, or a call inside the provider's own app. */
export type Channel = 'page' | 'qr' | 'jsapi' | 'app';

export interface CheckoutLine {
  title: string;
  quantity: number;
  /** Price of one, in the currency's ISO 4217 minor unit. */
  unitCents: number;
}

/** A payment, as it is stored. The same payment always has the same values. */
export interface CheckoutRequest {
  /** Chosen by this platform: the merchant's number of the payment at the provider, and the idempotency key of its checkout. */
  paymentId: string;
  orderId: string;
  lines: readonly CheckoutLine[];
  /** In the currency's ISO 4217 minor unit; the sum of the lines. */
  amountCents: number;
  /** ISO 4217. */
  currency: string;
  /** The buyer's id in the shop. */
  buyer: string;
  /** The buyer's id at the provider, if the channel needs it (WeChat's openid). */
  payerId?: string | undefined;
  /** Undefined: the provider's usual one. */
  channel?: Channel | undefined;
  /** BCP 47, such as `en` or `zh-CN`. */
  locale: string;
  /** When this payment was begun, ms. */
  createdAt: number;
  /** The order's payment deadline, ms. A checkout should take no money after it. */
  expiresAt: number;
  /** What the provider answered to the first createCheckout, if that answer arrived and had one. */
  providerRef?: string | undefined;
}

/** What the buyer's page needs to pay: one of the address of a page, the text of a QR code, and the arguments of the app's call. */
export interface Checkout {
  /** The provider's own id of the checkout, stored with the payment. */
  providerRef?: string | undefined;
  /** If set, only this payer may pay: {@link PaidFacts.payer} is compared with it. */
  payer?: string | undefined;
  checkoutUrl?: string | undefined;
  qrCode?: string | undefined;
  app?: Readonly<Record<string, string>> | undefined;
}

export interface PaidFacts {
  /** What the buyer paid, in the currency's ISO 4217 minor unit. */
  amountCents: number;
  currency: string;
  /** When the buyer paid, on the provider's clock, ms. */
  paidAt: number;
  /** Who paid, in the terms of {@link Checkout.payer}. */
  payer?: string | undefined;
}

/** `closed`: no money can come any more. */
export type Closed = { state: 'closed' } | { state: 'paid'; facts: PaidFacts };

/** `unknown`: the provider has no such payment (yet). `paid` stays `paid` after a refund. */
export type PaymentStanding = { state: 'open' | 'declined' | 'closed' | 'unknown' } | { state: 'paid'; facts: PaidFacts };

export interface RefundRequest {
  /** Chosen by this platform: the merchant's number of the refund at the provider, and its idempotency key. */
  refundId: string;
  payment: CheckoutRequest;
  /** What the buyer paid in all, in the currency's minor unit. */
  paidCents: number;
  /** What goes back by this refund; all of `paidCents` or a part. */
  amountCents: number;
  /** That of the money received. */
  currency: string;
  /** For the buyer's statement, in plain words. */
  reason: string;
}

/** `pending`: the provider has it, and decides later. `refused`: it never will; `reason` is for the operator. */
export type RefundStanding = { state: 'done' } | { state: 'pending' } | { state: 'refused'; reason: string };

export type ProviderEvent =
  | { kind: 'paid'; eventId: string; paymentId: string; orderId: string; facts: PaidFacts }
  /** The buyer tried and the money did not come. The payment may still be paid. */
  | { kind: 'failed'; eventId: string; paymentId: string; orderId: string; amountCents: number; currency: string }
  /** What became of a refund, with its amount. Not for one that is pending. */
  | {
      kind: 'refund';
      eventId: string;
      refundId: string;
      paymentId: string;
      orderId: string;
      amountCents: number;
      currency: string;
      standing: Exclude<RefundStanding, { state: 'pending' }>;
    };

/** What the provider's server expects as the answer to its call. */
export interface NotificationAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** `events` are verified: signed by the provider, for this merchant. None if the notification is of no use here; it is answered like any other. */
export type Notification =
  | { kind: 'events'; events: readonly ProviderEvent[]; answer: NotificationAnswer }
  /** The signature or the form is wrong. `reason` goes to the log, and holds nothing that the caller sent. */
  | { kind: 'invalid'; reason: string; answer: NotificationAnswer };

/** One line of the provider's settlement statement. */
export interface StatementLine {
  kind: 'payment' | 'refund';
  paymentId: string;
  /** Of a refund, if the statement names it. */
  refundId?: string | undefined;
  /** In the currency's minor unit, positive. */
  amountCents: number;
  currency: string;
  /** ms. */
  at: number;
}

/**
 * A payment provider. Every call is idempotent under the payment's or the refund's id, ends at `giveUpAt` (of `performance.now()`) at the latest, and
 * throws {@link ProviderUnavailable} if the outcome is unknown. What a provider answered goes into no error and no log: it may name buyers.
 */
export interface PaymentProvider {
  readonly name: string;
  /** Throws {@link ProviderRefused} if the provider will never take this payment. */
  createCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Checkout>;
  /** Closes the checkout, unless it is paid. A checkout that never reached the provider counts as closed. */
  closeCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Closed>;
  getPayment(request: CheckoutRequest, giveUpAt: number): Promise<PaymentStanding>;
  /** Sends a refund, or finds the one that was sent under the same id. */
  refund(request: RefundRequest, giveUpAt: number): Promise<RefundStanding>;
  /** `unknown`: the provider has no such refund. */
  getRefund(request: RefundRequest, giveUpAt: number): Promise<RefundStanding | { state: 'unknown' }>;
  /** Verifies and reads a notification. `headers` have lower-case names. Never throws for what a stranger sent. */
  readNotification(rawBody: Buffer, headers: Readonly<Record<string, string>>): Promise<Notification>;
  /**
   * Yields the provider's own account of a day, `YYYY-MM-DD` on the provider's calendar. Throws {@link StatementNotReady} if there is none yet.
   */
  readStatement(day: string): AsyncIterable<StatementLine>;
}

/** The outcome of a call is unknown: repeat it. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

/** The provider will never do this. The message says why, in words for an operator. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
}

/** The provider makes the statement of that day later. */
export class StatementNotReady extends Error {
  override readonly name = 'StatementNotReady';
}

/** What the platform gives every provider. */
export interface ProviderParts {
  /** Where the provider sends its notifications. */
  notifyUrl: string;
  /** The page of an order, for a buyer who has paid or gave up. */
  returnUrl(orderId: string): string;
  log: Log;
}

/**
 * What a provider's folder exports, as `provider` from `providers/<name>/index.ts`. The module is read at every start, so it imports its SDK only in
 * `create`.
 */
export interface ProviderModule<Settings extends TObject = TObject> {
  /** The folder's name, and the last part of its notifications' address. */
  name: string;
  /** What it reads from the environment. A setting's `description` completes the sentence "NAME has to be …". */
  settings: Settings;
  /** Returns the faults of a combination of settings, one sentence each. */
  faultsOf?(values: Static<Settings>, isDevelopment: boolean): string[];
  create(values: Static<Settings>, parts: ProviderParts): Promise<PaymentProvider>;
}

/** Keeps the types of a module's settings together. */
export const defineProvider = <Settings extends TObject>(module: ProviderModule<Settings>): ProviderModule<Settings> => module;
