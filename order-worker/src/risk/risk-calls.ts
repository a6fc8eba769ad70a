import type { calls, EntryKind, RiskChangeView, RiskEntry, RiskRulesView, RpcHandler } from 'seckill-core';
import type { RiskListEntry } from 'seckill-prisma';
import type { WorkerContext } from '../servers/worker-context.ts';
import { announceRisk } from './announce-risk.ts';
import { addEntry, changeRules, removeEntry } from './change-risk.ts';

export type RiskCalls =
  | 'getRiskRules'
  | 'changeRiskRules'
  | 'listRiskEntries'
  | 'listRiskLists'
  | 'addRiskEntry'
  | 'removeRiskEntry'
  | 'listRiskChanges';
type Handlers = { [Kind in RiskCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };
type Parts = Pick<WorkerContext, 'nc' | 'redis' | 'prisma'>;

/** What operators do with the rules and lists. A change is in Redis before its reply, unless Redis is away: then the guard writes it. */
export function riskCalls(parts: Parts): Handlers {
  const announced = async <Result>(change: Promise<Result>): Promise<Result> => {
    const result = await change;
    await announceRisk(parts).catch(() => undefined);
    return result;
  };
  return {
    getRiskRules: () => readRules(parts),
    changeRiskRules: async (wish) => {
      await announced(changeRules(parts, wish));
      return readRules(parts);
    },
    listRiskEntries: (listing) => listEntries(parts, listing),
    listRiskLists: async () => ({
      lists: await parts.prisma.$queryRaw`
        SELECT list, count(*)::int AS entries FROM risk_list_entries GROUP BY list ORDER BY list`,
    }),
    addRiskEntry: async (wish) => entryView(await announced(addEntry(parts, wish))),
    removeRiskEntry: async (wish) => {
      await announced(removeEntry(parts, wish));
      return {};
    },
    listRiskChanges: (listing) => listChanges(parts, listing),
  };
}

async function readRules({ prisma }: Parts): Promise<RiskRulesView> {
  const { rules, rulesVersion, rulesChangedAt, rulesChangedBy } = await prisma.riskState.findFirstOrThrow();
  return {
    version: rulesVersion,
    changedAt: rulesChangedAt.toISOString(),
    changedBy: rulesChangedBy,
    rules: rules as RiskRulesView['rules'],
  };
}

async function listEntries(
  { prisma }: Parts,
  { list, limit, cursor }: { list: string; limit: number; cursor?: string },
): Promise<{ entries: RiskEntry[]; nextCursor?: string }> {
  const before = cursor === undefined ? {} : { id: { lt: cursor } };
  const rows = await prisma.riskListEntry.findMany({ where: { list, ...before }, orderBy: { id: 'desc' }, take: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { entries: page.map(entryView), ...(rows.length > limit && last !== undefined ? { nextCursor: last.id } : {}) };
}

async function listChanges(
  { prisma }: Parts,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<{ changes: RiskChangeView[]; nextCursor?: string }> {
  const before = cursor === undefined ? {} : { version: { lt: Number(cursor) } };
  const rows = await prisma.riskChange.findMany({ where: before, orderBy: { version: 'desc' }, take: limit + 1 });
  const changes = rows.slice(0, limit).map(({ version, changedAt, changedBy, address, what, why, detail }) => ({
    version,
    changedAt: changedAt.toISOString(),
    changedBy,
    ...(address === null ? {} : { address }),
    what: what as RiskChangeView['what'],
    ...(why === null ? {} : { why }),
    detail,
  }));
  const last = changes.at(-1);
  return { changes, ...(rows.length > limit && last !== undefined ? { nextCursor: String(last.version) } : {}) };
}

function entryView({ id, list, kind, value, saleId, note, expiresAt, addedAt, addedBy }: RiskListEntry): RiskEntry {
  return {
    entryId: id,
    list,
    kind: kind as EntryKind,
    value,
    ...(saleId === null ? {} : { saleId }),
    ...(note === null ? {} : { note }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
    addedAt: addedAt.toISOString(),
    addedBy,
  };
}
