import type { EntryKind, KnownEntry, RiskRules, RiskSettings } from 'seckill-core';
import type { Prisma, RiskListEntry } from 'seckill-prisma';
import type { Static } from 'typebox';
import type { WorkerContext } from '../servers/worker-context.ts';

type Reads = Pick<WorkerContext['prisma'], '$queryRaw' | 'riskListEntry'> | Prisma.TransactionClient;

/** Reads rules and lists as one state. Entries that have expired are left out. */
export async function readRiskState({ prisma }: Pick<WorkerContext, 'prisma'>): Promise<RiskSettings> {
  // One snapshot: an entry must not come with the version of before.
  return prisma.$transaction(readIn, { isolationLevel: 'RepeatableRead' });
}

async function readIn(tx: Reads): Promise<RiskSettings> {
  const [state] = await tx.$queryRaw<{ version: number; rules: Static<typeof RiskRules> }[]>`
    SELECT version, rules FROM risk_settings`;
  const entries = await tx.riskListEntry.findMany({
    where: { OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] },
    orderBy: { id: 'asc' },
  });
  return { version: state?.version ?? 0, rules: state?.rules ?? [], entries: entries.map(knownEntry) };
}

function knownEntry({ list, kind, value, saleId, expiresAt }: RiskListEntry): KnownEntry {
  return {
    list,
    kind: kind as EntryKind,
    value,
    ...(saleId === null ? {} : { saleId }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.getTime() }),
  };
}

export async function readRiskVersionInDatabase({ prisma }: Pick<WorkerContext, 'prisma'>): Promise<number> {
  const [state] = await prisma.$queryRaw<{ version: number }[]>`SELECT version FROM risk_settings`;
  return state?.version ?? 0;
}
