import { BuyerApi, findOnlookers, HttpClient, Latencies } from 'simulation';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { openBenchSale } from '../measure/sales.ts';
import { waitForOrders } from './winning.ts';

const PAYERS = 2_500;
/** Others win at the same time: their orders must be made all the same. */
const WINNERS_BESIDE = 500;
const WINS_PER_SECOND = 250;
/** A buyer's patience. */
const PATIENCE_MS = 3_000;
const WITHIN_MS = 60_000;

/** 2 500 winners press "pay" at the same moment, each over a separate connection, while others win. Call it while the workers run. */
export async function payAtOnce(context: BenchContext): Promise<RowRun> {
  const { operator, client, gateway, ledger } = context;
  const sale = await openBenchSale(operator, { title: 'bench pay', stock: PAYERS });
  const beside = await openBenchSale(operator, { title: 'bench win beside pay', stock: WINNERS_BESIDE });
  const payers = await findOnlookers(client, { gateway, saleId: sale.saleId, itemId: sale.itemIds[0] ?? '', count: PAYERS });
  const faults = await waitForOrders(context, sale, PAYERS, WITHIN_MS);

  const times = new Latencies();
  let inTime = 0;
  const codes: Record<string, number> = {};
  const crowd = new HttpClient({ connections: PAYERS, timeoutMs: WITHIN_MS });
  const api = new BuyerApi(crowd);
  const { value, costs } = await context.measure(async () => {
    const winning = context.load({ sale: beside, tokens: WINNERS_BESIDE, ratePerSecond: WINS_PER_SECOND });
    const began = performance.now();
    const press = async ({ accessToken, reservationId }: { accessToken: string; reservationId: string }) => {
      const answer = await api.startPayment(gateway, accessToken, reservationId);
      const code = answer.ok ? 'OK' : answer.code;
      codes[code] = (codes[code] ?? 0) + 1;
      if (!answer.ok) return;
      const ms = performance.now() - began;
      times.add(ms);
      if (ms <= PATIENCE_MS) inTime += 1;
    };
    await Promise.all(payers.map((payer) => press(payer).catch(() => undefined)));
    const took = performance.now() - began;
    return { tookMs: took, wins: (await winning).value.byStatus['202']?.count ?? 0 };
  });
  crowd.close();
  const { tookMs, wins } = value;
  faults.push(...(await waitForOrders(context, beside, wins, WITHIN_MS)));
  const begun = await ledger.payments(sale.saleId);
  if (times.count !== PAYERS) faults.push(`${PAYERS} pressed, the answers were ${JSON.stringify(codes)}`);
  if (begun.orders !== begun.payments) faults.push(`${begun.orders} orders have ${begun.payments} payments`);
  return {
    row: 'payments begun',
    perSecond: (times.count * 1_000) / tookMs,
    p50Ms: times.percentile(50),
    p99Ms: times.percentile(99),
    count: times.count,
    faults: faults.map((fault) => `payments begun: ${fault}`),
    extra: { lastAnswerSeconds: tookMs / 1_000, shareIn3Seconds: inTime / PAYERS },
    ...costs,
  };
}
