import { sleep } from 'k6';
import http from 'k6/http';
import { Gauge, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { alwaysKept, record } from './shop/answers.ts';
import { checkBooks } from './shop/books.ts';
import { fetchToken, login, pay, reserve, waitFor, waitForOrder } from './shop/buyer.ts';
import { openSale, type Sale } from './shop/operator.ts';
import { firstGateway, ms, setting } from './shop/settings.ts';

/**
 * A steady stream of whole journeys (`-e SOAK_SECONDS=3600` for an hour): latency and memory must not grow, and no win may be lost. Every
 * tenth winner walks away.
 */
const SOAK_SECONDS = setting('SOAK_SECONDS', 60);
const RATE = setting('RATE', 20);
const PAY_TIMEOUT_SECONDS = 10;

const memory = new Gauge('gateway_memory_growth_mib');
const winToPaid = new Trend('pay_to_paid', true);

export const options: Options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: `${SOAK_SECONDS}s`,
      preAllocatedVUs: 100,
      maxVUs: 600,
      gracefulStop: '40s',
    },
  },
  setupTimeout: '1m',
  teardownTimeout: '3m',
  thresholds: {
    ...alwaysKept,
    answer_reserved: [`p(99)<${ms(500)}`],
    // A stalled k6 starts too few journeys.
    units_won: [`count>=${Math.max(1, Math.floor(RATE * SOAK_SECONDS * (1 - ms(0.05))))}`],
    win_has_order: ['rate==1'],
    win_to_order: [`p(99)<${ms(3_000)}`],
    pay_to_paid: [`p(99)<${ms(5_000)}`],
    gateway_memory_growth_mib: ['value<100'],
    dropped_iterations: [`count<${ms((RATE * SOAK_SECONDS) / 50)}`],
  },
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

interface Prepared {
  sale: Sale;
  memoryMiB: number;
}

export function setup(): Prepared {
  const sale = openSale({
    title: 'soak',
    stock: RATE * SOAK_SECONDS * 2,
    startsInSeconds: 1,
    payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
    ratePerSecond: RATE * 10,
    burst: RATE * 10,
  });
  sleep(1.1);
  return { sale, memoryMiB: gatewayMemory() };
}

export default function ({ sale }: Prepared): void {
  const accessToken = login(`soak-${sale.saleId.slice(0, 8)}-${__VU}-${__ITER}`);
  const { purchaseToken = '' } = fetchToken(accessToken, sale.saleId, sale.itemId);
  const { code, reservationId, ms: took } = reserve(purchaseToken);
  record(code, took);
  if (code !== 'RESERVED' || !waitForOrder(accessToken, reservationId)) return;
  if (__ITER % 10 === 9) return;
  sleep(0.2 + Math.random());
  const from = Date.now();
  if (!pay(accessToken, reservationId)) return;
  waitFor(accessToken, reservationId, ['PAID', 'REFUNDED'], 20_000);
  winToPaid.add(Date.now() - from);
}

/** 0 if the gateway does not show its metrics, as behind nginx. */
function gatewayMemory(): number {
  const { status, body } = http.get(`${firstGateway}/metrics`, { tags: { name: 'metrics' } });
  const bytes = status === 200 ? /^process_resident_memory_bytes (\S+)/m.exec(String(body))?.[1] : undefined;
  return Number(bytes ?? 0) / 2 ** 20;
}

export function teardown({ sale, memoryMiB }: Prepared): void {
  memory.add(Math.max(0, gatewayMemory() - memoryMiB));
  checkBooks(sale, PAY_TIMEOUT_SECONDS + 30);
}
