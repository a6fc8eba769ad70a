import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { type Platform, type RunningServers, root, startPlatform, startServers, waitUntil } from 'dev';
import { connectNats } from 'seckill-core';
import { type ApiAnswer, BuyerApi, HttpClient, isPassing, Operator, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForRest } from '../chaos/rest.ts';

const UNITS = 5;
const AT_REST_WITHIN_MS = 120_000;
const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
/** The users of docs/operations.md, as an administrator would copy them. */
const documented = /^```\nusers: \[\n([\s\S]*?)^\]\n```$/m.exec(operations)?.[1] ?? '';

/** The documented users with the rights of one environment. */
function usersOf(prefix: string): string {
  const named = documented.replace(/user: (\w+), password: \S+/g, `user: $1${prefix}, password: p`);
  return prefix === '' ? named : named.replaceAll('"seckill.>"', `"${prefix}.seckill.>"`);
}

let servers: RunningServers<{ nats: object }>;
let platforms: Platform[] = [];
const crashed: string[] = [];
const client = new HttpClient({ connections: 10, timeoutMs: 60_000 });
const api = new BuyerApi(client);

function start(prefix: string): Promise<Platform> {
  const url = new URL(servers.nats.url);
  url.password = 'p';
  return startPlatform({
    postgres: { durable: false },
    label: `nats-of-${prefix || 'none'}`,
    env: { LOG_LEVEL: 'warn', NATS_PREFIX: prefix },
    envOf: (part) => {
      url.username = `${part.startsWith('gateway') ? 'gateway' : 'worker'}${prefix}`;
      return { NATS_URL: url.href };
    },
    onCrash: ({ name }, how) => crashed.push(`${name}: ${how}`),
  });
}

beforeAll(async () => {
  const moreUsers = usersOf('') + usersOf('blue');
  servers = await startServers({ nats: { moreUsers } }, { label: 'shared-nats' });
  platforms = await Promise.all([start(''), start('blue')]);
}, 180_000);
afterAll(async () => {
  client.close();
  await Promise.all(platforms.map((platform) => platform.stop()));
  await servers?.stop();
});

/** The sale has not reached this gateway yet, or the turn has not come. */
const MEANS_LATER = new Set(['NOT_FOUND', 'NOT_ADMITTED']);

/** Repeats a call until its answer is a good one, as the shop's page does. */
async function untilOk<Value>(ask: () => Promise<ApiAnswer<Value>>): Promise<Value> {
  let value: { is: Value } | undefined;
  const isOk = async () => {
    const answer = await ask();
    if (answer.ok) value = { is: answer.value };
    else if (!isPassing(answer.code) && !MEANS_LATER.has(answer.code)) throw new Error(`${answer.code}: ${answer.detail}`);
    return answer.ok;
  };
  if (!(await waitUntil(isOk, AT_REST_WITHIN_MS)) || value === undefined) throw new Error('There was no good answer in time.');
  return value.is;
}

/** A sale with a queue, whose units are all won and paid for. Returns what the platform says about it at rest. */
async function sell(platform: Platform) {
  const operator = new Operator(platform, client);
  const { saleId, items } = await operator.openSale(saleDraft({ stock: UNITS, admission: 'queue' }));
  const [url = ''] = platform.gatewayUrls;
  const buy = async (userId: string) => {
    const { accessToken } = await untilOk(() => api.login(url, userId));
    await untilOk(() => api.takeTicket(url, accessToken, saleId));
    const { purchaseToken, reservationId } = await untilOk(() =>
      api.purchaseToken(url, accessToken, saleId, items[0]?.itemId ?? ''),
    );
    await untilOk(() => api.reserve(url, purchaseToken));
    const started = await untilOk(() => api.startPayment(url, accessToken, reservationId));
    await untilOk(() => api.pay(started));
  };
  await Promise.all(Array.from({ length: UNITS }, (_, i) => buy(`buyer-${i}`)));
  return { operator, saleId, rest: await waitForRest(operator, saleId, AT_REST_WITHIN_MS) };
}

test('two environments with the documented rights sell and are paid on one NATS server, and neither sees the other', async () => {
  const sold = await Promise.all(platforms.map(sell));
  for (const { operator, saleId, rest } of sold) {
    expect(rest.waitingFor).toBe('');
    expect(rest.orders).toMatchObject({ paid: UNITS, pendingPayment: 0 });
    const overview = await operator.overview();
    expect(overview.sales.map((each) => each.saleId)).toEqual([saleId]);
    expect(overview.deadLetters).toBe(0);
  }
  expect(crashed).toEqual([]);

  const nc = await connectNats(servers.nats.url, 'test');
  const { streams } = await jetstreamManager(nc);
  const wins: Record<string, string[]> = {};
  for await (const { config, state } of streams.list()) {
    expect(state.messages > 0, config.name).toBe(!config.name.endsWith('DEAD_LETTERS'));
    const { state: full } = await streams.info(config.name, { subjects_filter: '>' });
    if (config.name.endsWith('RESERVATIONS')) wins[config.name] = Object.keys(full.subjects ?? {});
  }
  await nc.close();
  const [plain, blue] = sold;
  expect(wins).toEqual({
    SECKILL_RESERVATIONS: [expect.stringMatching(`^seckill.reserved.${plain?.saleId}.`)],
    blue_SECKILL_RESERVATIONS: [expect.stringMatching(`^blue.seckill.reserved.${blue?.saleId}.`)],
  });
}, 240_000);
