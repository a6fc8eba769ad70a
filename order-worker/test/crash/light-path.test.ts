import type { Operation } from 'dev';
import type { Gateway } from 'gateway';
import { type AdminSale, newId, newReservationId, PurchaseTokens, paymentReceived, signWebhook } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Worker } from '../../src/index.ts';
import { ORDERED } from './books.ts';
import { type Ground, useGround } from './ground.ts';
import { startGatewayOn, startMortalGateway } from './mortal-gateway.ts';

const on = useGround();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGatewayOn(on.ground);
});
afterAll(() => gateway?.close());

interface Death {
  step: string;
  at: number;
  when: 'before' | 'after';
}

interface Outcome {
  reservationId: string;
  purchaseToken: string;
  label: string;
  answer: number | 'nothing';
  stoodStill: boolean;
}

const deathsOf = (steps: readonly string[]): Death[] =>
  steps.flatMap((step, i) => [{ step, at: i + 1, when: 'before' } as const, { step, at: i + 1, when: 'after' } as const]);

const nameOf = ({ step, at, when }: Death): string =>
  `the gateway dies ${when} step ${at}, ${step}: ${when === 'before' ? 'not carried out' : 'carried out, no answer'}`;

/**
 * The shortest timer of a gateway: it clears the outbox 20 ms after the acknowledgement. On a machine that stalls for longer, the steps can
 * come in another order (`redis zrem` before `http 202`). A wrong order that is the gateway's own comes back every time and uses up the spares.
 */
const GATEWAY_WAITS_MS = 20;

/** Sends a request to a gateway that dies while handling it. Returns the answer, the step it died at, and whether the machine stood still. */
async function dieOf(
  ground: Ground,
  { at, when }: Death,
  counts: (operation: Operation) => boolean,
  send: (url: string) => Promise<Response>,
) {
  const mortal = await startMortalGateway(ground);
  mortal.boundary.dieAt({ counts, at, when });
  const began = performance.now();
  const answered = send(mortal.url).then(
    (response) => response.status,
    () => 'nothing' as const,
  );
  const { died } = mortal.boundary;
  const { label } = await Promise.race([died, answered.then((status) => (status === 503 ? { label: 'lives on' } : died))]);
  const stoodStill = label === 'lives on' || performance.now() - began > GATEWAY_WAITS_MS;
  const answer = await answered;
  await mortal.dispose();
  return { label, answer, stoodStill };
}

/** After UNAVAILABLE, repeats the request with the same token or event. */
async function answerTo(send: () => Promise<Response>): Promise<Response> {
  let response: Response | undefined;
  await expect
    .poll(async () => {
      response = await send();
      return response.status;
    })
    .not.toBe(503);
  return response as unknown as Response;
}

describe('a purchase', () => {
  const steps = ['redis reserve', 'nats reserved', 'http 202', 'redis zrem'];
  const deaths = deathsOf(steps);
  const died = new Map<Death, Outcome>();
  /** Items for gateways that died at another step because the machine stood still. */
  const spare = 12;
  let sale: AdminSale;
  let worker: Worker;

  beforeAll(async () => {
    const { ground } = on;
    sale = await ground.openSale({ itemCount: deaths.length + spare, stock: 2 });
    await gateway.parts.sales.refresh();
    const items = sale.items.map(({ itemId }) => itemId);
    for (const death of deaths) {
      let outcome: Outcome | undefined;
      do outcome = await dieOfBuying(ground, death, items.pop() ?? '');
      while (outcome.stoodStill && outcome.label !== death.step && items.length >= deaths.length - died.size);
      died.set(death, outcome);
    }
    // No worker until here, so no win is relayed before the last gateway is dead.
    worker = await ground.startWorker();
  });
  afterAll(() => worker?.stop());

  async function dieOfBuying(ground: Ground, death: Death, itemId: string): Promise<Outcome> {
    const tokens = new PurchaseTokens(gateway.parts.config.tokenSecret);
    const reservationId = newReservationId(itemId);
    const expiresAt = Math.floor(Date.now() / 1_000) + 600;
    const purchaseToken = tokens.sign({ reservationId, userId: 'buyer', expiresAt });
    const outcome = await dieOf(
      ground,
      death,
      ({ text }) => text.includes(reservationId),
      (url) => buy(url, purchaseToken),
    );
    return { reservationId, purchaseToken, ...outcome };
  }

  const buy = (url: string, purchaseToken: string) =>
    fetch(`${url}/api/reservations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ purchaseToken }),
    });
  const outcomeOf = (death: Death) => {
    const outcome = died.get(death);
    if (outcome === undefined) throw new Error(`Nothing died ${death.when} ${death.step}.`);
    return outcome;
  };

  test(`asks for these steps: ${steps.join(' → ')}`, () => {
    expect(deaths.map((death) => outcomeOf(death).label)).toEqual(deaths.map(({ step }) => step));
  });

  for (const death of deaths) {
    test(nameOf(death), async () => {
      const { ground } = on;
      const { reservationId, purchaseToken, answer } = outcomeOf(death);
      const wasAnswered = death.step === 'redis zrem' || (death.step === 'http 202' && death.when === 'after');
      expect(answer).toBe(wasAnswered ? 202 : 'nothing');

      const books = () => ground.books(sale.saleId, reservationId);
      const won = !(death.step === 'redis reserve' && death.when === 'before');
      // A winner gets the order without repeating the request.
      if (won) await expect.poll(books).toMatchObject(ORDERED);
      else expect(await books()).toMatchObject({ order: 'none', reservation: 'missing', live: 0 });

      // A repeated request at another gateway wins too, and gets the reservation's present status.
      const again = await answerTo(() => buy(gateway.url, purchaseToken));
      expect(again.status).toBe(202);
      expect(await again.json()).toEqual({ reservationId, status: won ? 'ORDERED' : 'RESERVED' });
      await expect.poll(books).toMatchObject(ORDERED);
    });
  }

  test('the audit of all of it holds', async () => {
    const report = await on.ground.audit(sale.saleId);
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
  });
});

describe("a payment's webhook", () => {
  const steps = ['nats payment', 'http 200'];

  for (const death of deathsOf(steps)) {
    test(`${nameOf(death)}; the provider sends it again`, async () => {
      const { ground } = on;
      const [order] = await ground.pays(await ground.orders(1));
      if (order === undefined) throw new Error('There is no order.');
      const eventId = newId();
      const body = JSON.stringify({
        eventId,
        type: 'payment.succeeded',
        paymentId: order.paymentId,
        orderId: order.reservationId,
        amountCents: 1_000,
        currency: 'EUR',
      });
      const { paymentWebhookSecret } = gateway.parts.config;
      const send = (url: string) =>
        fetch(`${url}/api/payments/webhook`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'seckill-signature': signWebhook(paymentWebhookSecret, body, Math.floor(Date.now() / 1_000)),
          },
          body,
        });

      const counts = (operation: Operation) => steps.includes(operation.label);
      let outcome = await dieOf(ground, death, counts, send);
      for (let more = 4; outcome.stoodStill && outcome.label !== death.step && more > 0; more -= 1) {
        outcome = await dieOf(ground, death, counts, send);
      }
      const { label, answer } = outcome;
      expect(label).toBe(death.step);
      expect(answer).toBe(death.step === 'http 200' && death.when === 'after' ? 200 : 'nothing');
      expect((await answerTo(() => send(gateway.url))).status).toBe(200);

      const worker = await ground.startWorker();
      await expect
        .poll(() => ground.books(order.saleId, order.reservationId))
        .toMatchObject({ order: 'PAID', reservation: 'PAID', events: { created: 1, paid: 1 }, payments: ['SUCCEEDED'] });
      await ground.comesToRest();
      expect(await ground.messages('SECKILL_PAYMENTS', paymentReceived.subject({ orderId: order.reservationId }))).toHaveLength(
        1,
      );
      await worker.stop();
    });
  }
});
