import { setTimeout as sleep } from 'node:timers/promises';
import { DEVELOPMENT_SECRETS } from 'gateway';
import {
  type AdminSale,
  type AnswerCode,
  callRpc,
  calls,
  newId,
  type PaymentReceived,
  Problem,
  PurchaseTokens,
  paymentDeadline,
  paymentReceived,
  type StoredEvent,
  send,
  signWebhook,
  stockReserved,
  type Winners,
} from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import type { Ground } from '../crash/ground.ts';
import { fallDue } from '../support/fall-due.ts';
import type { Answer } from './books-model.ts';
import type { MortalPlatform } from './mortal-platform.ts';

const PATIENCE_MS = 60_000;
/**
 * A worker that dies during a call never answers. So the call is repeated soon, and with more patience each time, because a busy machine answers
 * late. A repeated call takes effect once.
 */
const CALL_MS = { first: 1_000, longest: 15_000 } as const;
/**
 * A gateway always answers within about two seconds, and its death breaks the connection. Giving up sooner would be wrong: a buyer who asks another
 * gateway while the first may still decide can be told "no" and win.
 */
const REQUEST_MS = 15_000;
/** Less than buyers are asked to wait, so that stories take less time. */
const UNAVAILABLE_MS = 250;
const FINAL: readonly string[] = ['SOLD_OUT', 'LIMIT_REACHED'] satisfies Answer[];

export interface Purchase {
  reservationId: string;
  itemId: string;
  userId: string;
  quantity: number;
  /** Its order is made before those of others. */
  priority: boolean;
}

/** Buyers and the payment provider. They repeat a request until they have an answer, whichever process dies. */
export class People {
  readonly #ground: Ground;
  readonly #platform: MortalPlatform;
  readonly #sale: AdminSale;
  readonly #tokens = new PurchaseTokens(DEVELOPMENT_SECRETS.TOKEN_SECRET);
  #asked = 0;

  constructor(ground: Ground, platform: MortalPlatform, sale: AdminSale) {
    this.#ground = ground;
    this.#platform = platform;
    this.#sale = sale;
  }

  buy({ reservationId, userId, quantity, priority }: Purchase): Promise<Answer> {
    const expiresAt = Math.floor(Date.now() / 1_000) + 600;
    const purchaseToken = this.#tokens.sign({ reservationId, userId, expiresAt, priority });
    return insist(`to buy with ${reservationId}`, async () => {
      const response = await this.#post('/api/reservations', JSON.stringify({ purchaseToken, quantity }));
      if (response.status === 202) return 'RESERVED';
      const { code, retryAfterMs = 0 } = (await response.json()) as { code: string; retryAfterMs?: number };
      if (FINAL.includes(code)) return code as Answer;
      // Who comes before their turn waits longer and longer.
      throw new TryLater(code, code === 'RATE_LIMITED' ? retryAfterMs : Math.min(retryAfterMs, UNAVAILABLE_MS));
    });
  }

  /** Waits for a winner's order or rejection. */
  order({ reservationId }: Purchase): Promise<{ orderId: string } | 'REJECTED'> {
    const { prisma } = this.#ground;
    return insist(`the order of ${reservationId}`, async () => {
      if ((await prisma.order.count({ where: { id: reservationId } })) === 1) return { orderId: reservationId };
      if ((await prisma.rejection.count({ where: { reservationId } })) === 1) return 'REJECTED';
      throw new Error('nothing yet');
    });
  }

  /** Starts a payment and returns its id. */
  beginToPay(orderId: string, userId: string): Promise<string | 'NOT_PAYABLE'> {
    return insist(`to pay ${orderId}`, (callMs) =>
      unless('NOT_PAYABLE', async () => {
        return (await callRpc(this.#ground.nc, calls.startPayment, { orderId, userId }, { timeoutMs: callMs })).paymentId;
      }),
    );
  }

  cancel(orderId: string, userId: string): Promise<'CANCELLED' | 'NOT_CANCELLABLE'> {
    return insist(`to cancel ${orderId}`, (callMs) =>
      unless('NOT_CANCELLABLE', async () => {
        await callRpc(this.#ground.nc, calls.cancelOrder, { orderId, userId }, { timeoutMs: callMs });
        return 'CANCELLED' as const;
      }),
    );
  }

  /** The provider tells a gateway until it says 200. */
  async tell(event: PaymentReceived): Promise<void> {
    const body = JSON.stringify(event);
    await insist(`to tell of ${event.paymentId}`, async () => {
      const signature = signWebhook(DEVELOPMENT_SECRETS.PAYMENT_WEBHOOK_SECRET, body, Math.floor(Date.now() / 1_000));
      const response = await this.#post('/api/payments/webhook', body, { 'seckill-signature': signature });
      if (response.status !== 200) throw new Error(`it says ${response.status}`);
      return true;
    });
  }

  /** As {@link tell}, long after: JetStream does not know the message any more. */
  async tellAgain(event: PaymentReceived): Promise<void> {
    await this.#send(paymentReceived, event);
  }

  /** The win's message comes once more, after everything else. */
  async redeliverWin({ reservationId, itemId, priority }: Purchase): Promise<void> {
    const subject = stockReserved.subject({ saleId: this.#sale.saleId, itemId, priority });
    const stored = await this.#ground.messages('SECKILL_RESERVATIONS', subject);
    const message = stored
      .map(({ value }) => value as unknown as Winners)
      .find(({ winners }) => winners.some((each) => each.reservationId === reservationId));
    if (message === undefined) return;
    await this.#send(stockReserved, message);
  }

  /** Makes an unpaid order due and publishes its deadline. Returns whether it was unpaid. */
  async letTimeRunOut(orderId: string): Promise<boolean> {
    const dueAt = await fallDue(this.#ground.prisma, orderId);
    if (dueAt !== undefined) await this.remind(orderId, dueAt);
    return dueAt !== undefined;
  }

  async remind(orderId: string, dueAt: number): Promise<void> {
    const deadline = { dueAt, payTimeoutSeconds: this.#sale.payTimeoutSeconds, orderIds: [orderId] };
    await this.#send(paymentDeadline, deadline);
  }

  /** Publishes under a new message id. A message that was not acknowledged in time is published again, and stored once. */
  async #send<Schema extends TSchema>(event: StoredEvent<Schema>, value: Static<Schema>): Promise<void> {
    const id = newId();
    await insist(`to send a ${event.name}`, () => send(this.#ground.context.publisher, event, value, id));
  }

  /** Now one gateway, now the other. */
  async #post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    const urls = this.#platform.gatewayUrls;
    this.#asked += 1;
    return fetch(`${urls[this.#asked % urls.length]}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  }
}

class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly retryAfterMs: number;

  constructor(code: string, retryAfterMs: number) {
    super(code);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Repeats the request until the answer is not "try again". */
async function insist<Reply>(on: string, ask: (callMs: number) => Promise<Reply>): Promise<Reply> {
  const until = Date.now() + PATIENCE_MS;
  for (let callMs: number = CALL_MS.first; ; callMs = Math.min(2 * callMs, CALL_MS.longest)) {
    let pauseMs = 50;
    try {
      return await ask(callMs);
    } catch (error) {
      if (error instanceof TryLater) pauseMs = error.retryAfterMs;
      if (Date.now() > until) throw new Error(`No answer within ${PATIENCE_MS / 1_000} s: ${on}.`, { cause: error });
    }
    await sleep(pauseMs);
  }
}

async function unless<Code extends AnswerCode, Reply>(code: Code, ask: () => Promise<Reply>): Promise<Reply | Code> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Problem && error.code === code) return code;
    throw error;
  }
}
