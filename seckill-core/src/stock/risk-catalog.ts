import type { Redis } from 'ioredis';
import { Compile } from 'typebox/compile';
import { NO_RISK_SETTINGS, RiskSettings } from '../domain/risk/risk-settings.ts';
import type { RiskCount, RiskSample, VerdictAction } from '../domain/risk/risk-verdicts.ts';
import { RISK_COUNTS_KEY, RISK_KEY, RISK_SAMPLES_KEY, RISK_VERSION_KEY } from './keys.ts';
import { loadScript, runScript } from './script.ts';

const settings = Compile(RiskSettings);
const writeScript = loadScript('write-risk', ['settings', 'version']);
const keys = { settings: RISK_KEY, version: RISK_VERSION_KEY };

const MOST_SAMPLES = 1_000;
/** What rules have found is kept for this long after the last finding. */
const FINDINGS_KEPT_SECONDS = 7 * 24 * 60 * 60;

/** Writes rules and lists for the gateways, unless a newer version is there. Resolves to whether they were written. */
export async function writeRiskSettings(redis: Redis, risk: RiskSettings): Promise<boolean> {
  return (await runScript(redis, writeScript, keys, [risk.version, JSON.stringify(risk)])) === 1;
}

/** Resolves to undefined if Redis has no rules, because it is new or lost its data. Gateways then keep what they remember. */
export async function readRiskVersion(redis: Redis): Promise<number | undefined> {
  const version = await redis.get(RISK_VERSION_KEY);
  return version === null ? undefined : Number(version);
}

export async function readRiskSettings(redis: Redis): Promise<RiskSettings> {
  const text = await redis.get(RISK_KEY);
  return text === null ? NO_RISK_SETTINGS : settings.Parse(JSON.parse(text));
}

/** Adds what a gateway's rules have found since its last call. After a lost reply, some of it may count twice or not at all. */
export async function addRiskFindings(
  redis: Redis,
  { counts, samples }: { counts: readonly RiskCount[]; samples: readonly RiskSample[] },
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { ruleId, action, requests, users } of counts) {
    if (requests > 0) pipeline.hincrby(RISK_COUNTS_KEY, `${ruleId}|${action}|requests`, requests);
    if (users > 0) pipeline.hincrby(RISK_COUNTS_KEY, `${ruleId}|${action}|users`, users);
  }
  if (samples.length > 0) pipeline.lpush(RISK_SAMPLES_KEY, ...samples.map((sample) => JSON.stringify(sample)));
  pipeline.ltrim(RISK_SAMPLES_KEY, 0, MOST_SAMPLES - 1);
  for (const key of [RISK_COUNTS_KEY, RISK_SAMPLES_KEY]) pipeline.expire(key, FINDINGS_KEPT_SECONDS);
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
}

/** Reads what rules have found on all gateways, with the newest `limit` samples. */
export async function readRiskFindings(redis: Redis, limit: number): Promise<{ counts: RiskCount[]; samples: RiskSample[] }> {
  const [fields, texts] = await Promise.all([redis.hgetall(RISK_COUNTS_KEY), redis.lrange(RISK_SAMPLES_KEY, 0, limit - 1)]);
  const counts = new Map<string, RiskCount>();
  for (const [field, value] of Object.entries(fields)) {
    const [ruleId = '', action = '', what] = field.split('|');
    const count = counts.get(`${ruleId}|${action}`) ?? { ruleId, action: action as VerdictAction, requests: 0, users: 0 };
    if (what === 'users') count.users = Number(value);
    else count.requests = Number(value);
    counts.set(`${ruleId}|${action}`, count);
  }
  return { counts: [...counts.values()], samples: texts.map((text) => JSON.parse(text) as RiskSample) };
}

/** Forgets the samples, which name users. */
export async function forgetRiskSamples(redis: Redis): Promise<void> {
  await redis.del(RISK_SAMPLES_KEY);
}
