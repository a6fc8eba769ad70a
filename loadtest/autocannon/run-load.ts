import type { Writable } from 'node:stream';
import { AdminApi, BuyerApi, HttpClient, Latencies } from 'simulation';
import { readClockOffset } from '../demo/clock-offset.ts';
import { openSale } from '../demo/open-sale.ts';
import type { RunningPlatform } from '../demo/run-demo.ts';
import { auditAtRest, waitForOrders } from '../demo/wait-for-rest.ts';
import { counted, number, percent, table } from '../text.ts';
import type { LoadOptions } from './flags.ts';
import { type HammerResult, hammer } from './hammer.ts';

const PAY_TIMEOUT_SECONDS = 600;

/** A sale under autocannon: everybody at once, then those who did not win again and again. True where the books balance. */
export async function runLoad(
  options: LoadOptions,
  { gatewayUrls, adminToken }: RunningPlatform,
  output: Writable,
): Promise<boolean> {
  const say = (line: string) => output.write(`${line}\n`);
  const gateway = gatewayUrls[0] ?? '';
  const { stock, seconds, connections } = options;
  const client = new HttpClient({ connections: 200 });
  try {
    const admin = new AdminApi(client, { gateway, adminToken });
    say(`${counted(options.buyers, 'buyer')} sign in and fetch their purchase tokens.`);
    const { saleId, startsAt, clockOffsetMs, tokens } = await getTokens(client, admin, gateway, options);
    await new Promise((resolve) => setTimeout(resolve, startsAt - clockOffsetMs - Date.now() + 5));
    say('The sale is open.');
    const rush = await hammer({ gateway, connections, tokens, amount: tokens.length });
    const losers = tokens.filter((token) => !rush.won.has(token.slice(0, 36)));
    const after = losers.length === 0 ? undefined : await hammer({ gateway, connections, tokens: losers, duration: seconds });
    const won = new Set([...rush.won, ...(after?.won ?? [])]);

    for (const line of ['', ...lines('Everybody once', rush)]) say(line);
    if (after !== undefined) for (const line of ['', ...lines('Those without a unit, again and again', after)]) say(line);
    const orders = await waitForOrders(admin, saleId, won.size, 60_000);
    const audit = await auditAtRest(admin, saleId);
    const balanced = audit.holds && orders === won.size && won.size <= stock;
    say('');
    say(`${balanced ? '✓' : '✗'} ${number(won.size)} winners, ${number(orders)} orders, ${counted(stock, 'unit')}`);
    for (const { name, holds, detail } of audit.checks) say(`${holds ? '✓' : '✗'} ${name}: ${detail}`);
    return balanced;
  } finally {
    client.close();
  }
}

async function getTokens(client: HttpClient, admin: AdminApi, gateway: string, { buyers, stock }: LoadOptions) {
  const api = new BuyerApi(client);
  const from = performance.now();
  const users = Array.from({ length: buyers }, (_, index) => `load-${Date.now().toString(36)}-${index}`);
  const signedIn = await Promise.all(
    users.map(async (user) => {
      const answer = await api.login(gateway, user);
      if (answer.ok) return answer.value.accessToken;
      throw new Error(`POST /api/dev/login was answered ${answer.code}. The platform has to run with DEV_LOGIN=true.`);
    }),
  );
  const clockOffsetMs = await readClockOffset(client, gateway);
  const sale = await openSale(admin, {
    buyers,
    stock,
    payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
    signInsPerSecond: (buyers * 1000) / (performance.now() - from),
    clockOffsetMs,
    patienceMs: 0,
    leadMs: 2_000,
  });
  const tokens = await Promise.all(
    signedIn.map(async (accessToken) => {
      const answer = await api.purchaseToken(gateway, accessToken, sale.saleId, sale.itemId);
      if (answer.ok) return answer.value.purchaseToken;
      throw new Error(`A purchase token was refused: ${answer.code}, ${answer.detail}`);
    }),
  );
  return { ...sale, clockOffsetMs, tokens };
}

function lines(title: string, { seconds, answers, errors }: HammerResult): string[] {
  const all = new Latencies();
  for (const latencies of answers.values()) all.addAll(latencies);
  const ms = (latencies: Latencies) => [50, 95, 99].map((p) => latencies.percentile(p).toFixed(1));
  return [
    `${title}: ${number(all.count)} answers in ${seconds.toFixed(1)} s, ${number(all.count / seconds)} a second${errors === 0 ? '' : `; ${errors} without an answer`}`,
    ...table([
      ['', 'count', 'share', 'p50 ms', 'p95 ms', 'p99 ms'],
      ...[...answers].map(([code, latencies]) => [
        code,
        number(latencies.count),
        percent(latencies.count, all.count),
        ...ms(latencies),
      ]),
    ]),
  ];
}
