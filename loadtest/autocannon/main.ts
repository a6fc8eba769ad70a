import autocannon from 'autocannon';
import { runCommand } from 'dev';
import { flag } from 'seckill-core';
import { BuyerApi, HttpClient, LatenciesByCode, Operator, saleDraft, saleToRush } from 'simulation';
import { findPlatform } from '../command/find-platform.ts';
import { runningGateway } from '../command/flags.ts';
import { answerTable, counted, number } from '../command/text.ts';
import { auditAtRest, waitForOrders } from '../demo/wait-for-rest.ts';

const command = {
  usage: 'npm run load -- [flags]',
  flags: {
    buyers: flag.whole('purchase tokens; each is sent once at the start', { to: 1_000_000, default: 5_000 }),
    stock: flag.whole('units on sale', { to: 1_000_000, default: 500 }),
    seconds: flag.whole('how long the buyers without a unit try again', { to: 3_600, default: 5 }),
    connections: flag.whole('connections of autocannon', { to: 10_000, default: 100 }),
    gateway: runningGateway(),
  },
};

/** A sale under autocannon: every buyer once, then the buyers without a unit again and again. Exit code 0 if the books balance. */
await runCommand({
  command,
  async run({ buyers, stock, seconds, connections, gateway }, run) {
    const platform = await findPlatform(gateway, run, { label: 'load' });
    const client = new HttpClient();
    const operator = new Operator(platform, client);
    const sale = saleToRush(await operator.openSale(saleDraft({ title: 'autocannon', stock })));
    console.log(`${counted(buyers, 'buyer')} sign in and fetch their purchase tokens.`);
    const target = { url: platform.gatewayUrls[0] ?? '', connections: Math.min(connections, buyers) };
    const users = Array.from({ length: buyers }, (_, index) => `load-${Date.now().toString(36)}-${index}`);
    const tokens = await new BuyerApi(client).purchaseTokens(target.url, users, sale);

    const rush = await hammer({ ...target, amount: buyers }, tokens, 'Every buyer once');
    const losers = tokens.filter((token) => !rush.has(token.slice(0, 36)));
    const later = losers.length === 0 ? [] : await hammer({ ...target, duration: seconds }, losers, 'The buyers without a unit');
    const won = new Set([...rush, ...later]).size;

    const orders = await waitForOrders(operator, sale.saleId, won, 60_000);
    const audit = await auditAtRest(operator, sale.saleId);
    const balanced = audit.holds && orders === won && won <= stock;
    console.log(`\n${balanced ? '✓' : '✗'} ${number(won)} winners, ${number(orders)} orders, ${counted(stock, 'unit')}`);
    for (const { name, holds, detail } of audit.checks) console.log(`${holds ? '✓' : '✗'} ${name}: ${detail}`);
    return balanced ? 0 : 1;
  },
});

/** Sends the tokens in turn and prints the latencies by answer. Resolves with the reservation ids of the winners. */
function hammer(options: autocannon.Load, tokens: readonly string[], title: string): Promise<Set<string>> {
  const answers = new LatenciesByCode();
  const won = new Set<string>();
  let next = 0;
  /** The code of the answer whose latency comes with the next `response` event. */
  let code = '';
  const request: autocannon.Requests = {
    method: 'POST',
    path: '/api/reservations',
    headers: { 'content-type': 'application/json' },
    setupRequest: (blank) => ({ ...blank, body: JSON.stringify({ purchaseToken: tokens[next++ % tokens.length] }) }),
    onResponse: (_, body) => {
      code = /"(?:code|status)":"([A-Z_]+)"/.exec(body)?.[1] ?? 'UNREADABLE';
      if (code === 'RESERVED') won.add(/"reservationId":"([^"]+)"/.exec(body)?.[1] ?? '');
    },
  };
  return new Promise((resolve, reject) => {
    autocannon({ ...options, requests: [request] }, (error, { duration, errors, timeouts }) => {
      if (error !== null) return reject(error);
      const lost = errors + timeouts === 0 ? '' : `; ${errors + timeouts} without an answer`;
      const rate = `${number(answers.all.count / duration)} a second`;
      console.log(`\n${title}: ${number(answers.all.count)} answers in ${duration.toFixed(1)} s, ${rate}${lost}`);
      console.log(answerTable('', answers).join('\n'));
      resolve(won);
    }).on('response', (_, __, ___, ms) => answers.add(code, ms));
  });
}
