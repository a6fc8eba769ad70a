import { waitUntil } from 'dev';
import { Redis } from 'ioredis';
import { type RiskRule, readRiskVersion, writeRiskSettings } from 'seckill-core';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import type { BenchSale } from '../measure/sales.ts';
import { win } from './winning.ts';

export const WITH_TEN_RULES = 'win with ten rules';
const MANY = 1_000_000;
const KNOWN_WITHIN_MS = 10_000;

/** Rules of every kind that a try meets, none of which ever holds. */
const RULES: RiskRule['when'][] = [
  { velocity: { of: 'user', what: 'tries', moreThan: MANY, inSeconds: 10 } },
  { velocity: { of: 'user', what: 'tokens', moreThan: MANY, inSeconds: 60 } },
  { velocity: { of: 'address', what: 'tries', moreThan: MANY, inSeconds: 3_600 } },
  { velocity: { of: 'subnet', what: 'tries', moreThan: MANY, inSeconds: 3_600 } },
  { distinctUsers: { of: 'address', moreThan: 1_000, inSeconds: 1 }, device: 'given' },
  { distinctUsers: { of: 'subnet', moreThan: 1_000, inSeconds: 1 }, device: 'given' },
  { inList: ['resellers'] },
  { inList: ['proxies'], velocity: { of: 'user', what: 'tries', moreThan: 5, inSeconds: 10 } },
  { device: 'given', velocity: { of: 'device', what: 'tries', moreThan: 20, inSeconds: 10 } },
  { itemIds: ['000000'] },
];

/** Wins while ten rules and a few lists are on. A row of wins without them stands beside it. */
export async function winWithTenRules(context: BenchContext, sale: BenchSale): Promise<RowRun> {
  const redis = new Redis(context.platform.redisUrl, { maxRetriesPerRequest: 1 });
  try {
    await use(context, redis, true);
    return await win(context, sale, WITH_TEN_RULES);
  } finally {
    await use(context, redis, false);
    redis.disconnect();
  }
}

/** Writes the rules as a worker does, because none runs beside rows of wins. Resolves once the gateway judges by them. */
async function use({ client, gateway }: BenchContext, redis: Redis, areOn: boolean): Promise<void> {
  const version = ((await readRiskVersion(redis)) ?? 0) + 1;
  const rules = RULES.map((when, i) => ({
    ruleId: `rule-${i}`,
    name: `Rule ${i}`,
    enabled: true,
    action: 'block' as const,
    when,
  }));
  const entries = Array.from({ length: 250 }, (_, i) => [
    { list: 'proxies', kind: 'subnet' as const, value: `198.51.${i}.0/24` },
    { list: 'resellers', kind: 'user' as const, value: `reseller-${i}` },
  ]).flat();
  await writeRiskSettings(redis, { version, rules: areOn ? rules : [], entries: areOn ? entries : [] });
  const isKnown = async () => {
    const { body } = await client.request({ method: 'GET', url: `${gateway}/metrics` });
    return body.includes(`seckill_gateway_risk_version ${version}\n`);
  };
  if (!(await waitUntil(isKnown, KNOWN_WITHIN_MS, 50))) throw new Error('The gateway has not read the rules.');
}
