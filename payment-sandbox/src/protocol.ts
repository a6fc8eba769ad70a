import type { IncomingHttpHeaders } from 'node:http';
import type { Log } from 'seckill-core';
import type { Static, TObject } from 'typebox';
import type { Books, NewRefund, SandboxPayment, SandboxRefund } from './books.ts';

export interface SandboxRequest {
  method: string;
  /** Without the query, not decoded. */
  path: string;
  /** Path and query, as they were sent: signatures cover them. */
  url: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface SandboxAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** Text or bytes. */
  body: string | Buffer;
}

/** What a protocol notifies the shop of. `id` is the same at every attempt. */
export type SandboxEvent =
  | { id: string; kind: 'paid' | 'declined' | 'closed'; payment: SandboxPayment }
  | { id: string; kind: 'refund'; payment: SandboxPayment; refund: SandboxRefund };

export interface SandboxNotification {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** One provider's own protocol: its paths, its signatures, its notifications. */
export interface Protocol {
  readonly name: string;
  /** Matches the paths that it serves: the faults in force hurt these requests. */
  readonly paths: RegExp;
  handle(request: SandboxRequest): Promise<SandboxAnswer>;
  /** Built for every attempt, so that the time in its signature is the present. Undefined if the provider does not notify of such an event. */
  notificationOf(event: SandboxEvent): SandboxNotification | undefined;
  /** The same with a wrong signature, as a stranger would send it. */
  forge(notification: SandboxNotification): SandboxNotification;
  /** Whether the shop's answer means that it has the notification. */
  isAccepted(answer: { status: number; body: string }): boolean;
}

export interface ProtocolParts {
  /** To open payments and to read. What changes a payment or a refund goes through the functions below, which also notify the shop. */
  books: Pick<Books, 'open' | 'payment' | 'paymentOfToken' | 'paymentsOf' | 'refundOf' | 'refundsOf' | 'refundedCents' | 'keep'>;
  /** Returns the payment as it is now: CLOSED, unless it was PAID. Throws if there is none. */
  close(key: string): SandboxPayment;
  /** Takes a refund as the faults in force say: DONE, PENDING for a while, or REFUSED with a reason. Returns the one under the same number, if there is one. */
  refund(asked: NewRefund): SandboxRefund;
  /** Address of the sandbox for buyers' browsers, without a slash at the end. */
  publicUrl: string;
  /** The gateway's `…/api/payments/webhook`, for protocols whose requests don't name an address. */
  webhooksUrl: string;
  /** Returns the address of the cashier page of a payment. */
  cashierUrl(payment: SandboxPayment): string;
  log: Log;
}

/** Settings of both sides for a trial: new keys each time. */
export interface TrialSettings {
  /** Environment of the order worker. */
  worker: Record<string, string>;
  /** Environment of the sandbox. */
  sandbox: Record<string, string>;
}

/** What `protocols/<name>/index.ts` exports as `protocol`. */
export interface ProtocolModule<Settings extends TObject = TObject> {
  name: string;
  /** What it reads from the environment, all optional. The protocol is served if {@link ProtocolModule.create} returns one. */
  settings: Settings;
  /** Undefined if the settings that it needs are not set. */
  create(values: Static<Settings>, parts: ProtocolParts): Protocol | undefined;
  /** @param urls `sandbox`: the sandbox's address; `webhooks`: the gateway's `…/api/payments/webhook`. */
  trial(urls: { sandbox: string; webhooks: string }): TrialSettings;
}

export const defineProtocol = <Settings extends TObject>(module: ProtocolModule<Settings>): ProtocolModule<Settings> => module;
