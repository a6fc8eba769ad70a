import { broadcast, readRiskVersion, riskChanged, writeRiskSettings } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { readRiskState, readRiskVersionInDatabase } from './risk-settings.ts';

type Parts = Pick<WorkerContext, 'nc' | 'redis' | 'prisma'>;

/** Writes rules and lists to Redis, and tells the gateways. */
export async function announceRisk(parts: Parts): Promise<void> {
  const settings = await readRiskState(parts);
  if (await writeRiskSettings(parts.redis, settings)) broadcast(parts.nc, riskChanged, { version: settings.version });
}

/** Writes rules and lists that Redis lacks: it has lost them, or a worker died between its commit and its write. */
export async function guardRisk(parts: Parts): Promise<void> {
  const [known, version] = await Promise.all([readRiskVersion(parts.redis), readRiskVersionInDatabase(parts)]);
  if (known === undefined || known < version) await announceRisk(parts);
}
