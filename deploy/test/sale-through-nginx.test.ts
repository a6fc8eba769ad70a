import { freePort, type Nginx, type Platform, startNginx, startPlatform, ThrowAwayFolder } from 'dev';
import { ensureNginx } from 'dev/nginx';
import { type ApiAnswer, BuyerApi, HttpClient, NoAnswer, Operator, saleDraft, saleToRush } from 'simulation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BUYERS = 150;
const UNITS = 60;
/** Much longer than the rush on any machine, so that no returned unit is won again; buyers who don't pay cancel afterwards. */
const PAY_TIMEOUT_SECONDS = 300;
/** Slow enough that the sale lasts more than a second and a gateway can die during it. */
const RATE = { ratePerSecond: 40, burst: 10 };

interface Buyer {
  userId: string;
  accessToken: string;
  reservationId?: string;
  /** The code of every answer to the purchase, in order. */
  answers: string[];
}

describe('a sale through nginx, with two gateways', () => {
  let program: string | undefined;
  let home: ThrowAwayFolder | undefined;
  let platform: Platform;
  let nginx: Nginx;
  let url: string;
  const client = new HttpClient({ connections: 50, timeoutMs: 60_000 });
  const api = new BuyerApi(client);

  beforeAll(async () => {
    program = await ensureNginx(console.log);
    if (program === undefined) return;
    home = new ThrowAwayFolder('nginx-sale');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const webhook = { PAYMENT_WEBHOOK_URL: `${url}/api/payments/webhook` };
    platform = await startPlatform({
      gateways: 2,
      label: 'nginx-sale',
      env: { LOG_LEVEL: 'warn' },
      envOf: (part) => (part === 'payments' ? webhook : {}),
    });
    nginx = await startNginx(home, {
      gatewayPorts: platform.gatewayUrls.map((each) => Number(new URL(each).port)),
      port,
      // All buyers of this test have one address.
      edit: { 'limits.conf': (shipped) => shipped.replace('# 10.1.2.0/24 0;', '127.0.0.0/8 0;') },
    });
  }, 10 * 60_000);

  afterAll(async () => {
    client.close();
    await nginx?.stop();
    await platform?.stop();
    await home?.close();
  });

  test('one gateway is killed in the middle: every unit is won once, every winner has an order, the audit holds', async ({
    skip,
  }) => {
    skip(program === undefined, 'no nginx');
    const operator = new Operator({ ...platform, gatewayUrls: [url] }, client);
    const draft = saleDraft({ stock: UNITS, lastsMs: 600_000, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, rateLimit: RATE });
    const { saleId, itemId } = saleToRush(await operator.openSale(draft));
    const buyers = await Promise.all(Array.from({ length: BUYERS }, (_, i) => signIn(`buyer-${i}`)));
    const paying: Promise<void>[] = [];
    const winners: Buyer[] = [];
    let killed: Promise<void> | undefined;
    const onWin = (buyer: Buyer) => {
      // Every other one pays, at once.
      if (winners.push(buyer) % 2 === 0) paying.push(pay(buyer));
      if (winners.length >= UNITS / 4) killed ??= platform.gateways[0]?.kill();
    };
    await Promise.all(buyers.map((buyer) => buy(buyer, saleId, itemId, onWin)));
    await killed;
    await platform.gateways[0]?.start();
    await Promise.all(paying);
    await Promise.all(winners.filter((_, i) => i % 2 === 0).map(cancel));

    expect(new Set(buyers.map((buyer) => buyer.answers.at(-1)))).toEqual(new Set(['RESERVED', 'SOLD_OUT']));
    expect(winners).toHaveLength(UNITS);
    expect(new Set(winners.map((buyer) => buyer.reservationId)).size).toBe(UNITS);
    for (const [i, buyer] of winners.entries()) expect(await settled(buyer)).toBe(i % 2 === 1 ? 'PAID' : 'CANCELLED');
    await expect
      .poll(() => operator.audit(saleId), { interval: 300 })
      .toMatchObject({
        holds: true,
        oversold: 0,
        lost: 0,
        duplicated: 0,
        drift: 0,
        stockLeft: UNITS / 2,
      });
  }, 180_000);

  async function signIn(userId: string): Promise<Buyer> {
    const { accessToken } = await untilAnswered(() => api.login(url, userId));
    return { userId, accessToken, answers: [] };
  }

  /** Asks for a token and uses it until there is an answer that stays. */
  async function buy(buyer: Buyer, saleId: string, itemId: string, onWin: (buyer: Buyer) => void): Promise<void> {
    const token = await untilAnswered(() => api.purchaseToken(url, buyer.accessToken, saleId, itemId), ['SOLD_OUT']);
    if (token === undefined) return void buyer.answers.push('SOLD_OUT');
    for (;;) {
      const answer = await answerTo(() => api.reserve(url, token.purchaseToken));
      buyer.answers.push(answer.ok ? 'RESERVED' : answer.code);
      if (answer.ok) {
        buyer.reservationId = answer.value.reservationId;
        return onWin(buyer);
      }
      if (answer.code !== 'RATE_LIMITED' && answer.code !== 'UNAVAILABLE') return;
      await pause(answer.retryAfterMs ?? 500);
    }
  }

  /** Pays once the order is there; the provider's webhook comes through nginx as well. */
  async function pay(buyer: Buyer): Promise<void> {
    await statusOf(buyer, (status) => status === 'ORDERED');
    const started = await untilAnswered(() => api.startPayment(url, buyer.accessToken, buyer.reservationId ?? ''));
    await untilAnswered(() => api.pay(started));
  }

  async function cancel(buyer: Buyer): Promise<void> {
    await statusOf(buyer, (status) => status === 'ORDERED');
    await untilAnswered(() => api.cancel(url, buyer.accessToken, buyer.reservationId ?? ''));
  }

  function settled(buyer: Buyer): Promise<string> {
    return statusOf(buyer, (status) => status !== 'RESERVED' && status !== 'ORDERED');
  }

  async function statusOf(buyer: Buyer, enough: (status: string) => boolean): Promise<string> {
    for (;;) {
      const { status } = await untilAnswered(() => api.reservation(url, buyer.accessToken, buyer.reservationId ?? ''));
      if (enough(status)) return status;
      await pause(100);
    }
  }
});

/** Retries as long as the answer asks for it. Returns undefined if the answer is one of `no`. */
async function untilAnswered<Value>(ask: () => Promise<ApiAnswer<Value>>): Promise<Value>;
async function untilAnswered<Value>(ask: () => Promise<ApiAnswer<Value>>, no: string[]): Promise<Value | undefined>;
async function untilAnswered<Value>(ask: () => Promise<ApiAnswer<Value>>, no: string[] = []): Promise<Value | undefined> {
  for (;;) {
    const answer = await answerTo(ask);
    if (answer.ok) return answer.value;
    if (no.includes(answer.code)) return undefined;
    if (answer.code !== 'UNAVAILABLE' && answer.code !== 'RATE_LIMITED') throw new Error(`${answer.code}: ${answer.detail}`);
    await pause(answer.retryAfterMs ?? 500);
  }
}

/** Treats a broken connection as UNAVAILABLE: every call here may be repeated. */
async function answerTo<Value>(ask: () => Promise<ApiAnswer<Value>>): Promise<ApiAnswer<Value>> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { ok: false, code: 'UNAVAILABLE', detail: error.message, retryAfterMs: undefined, ms: 0 };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
