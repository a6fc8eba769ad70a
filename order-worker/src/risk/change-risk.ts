import {
  type ChangeRules,
  type EntryKind,
  expectedValue,
  faultOfRules,
  MOST_ENTRIES,
  type NewEntry,
  newId,
  normalValue,
  Problem,
  type RiskChangeView,
} from 'seckill-core';
import type { Prisma, RiskListEntry } from 'seckill-prisma';
import type { Static } from 'typebox';
import type { WorkerContext } from '../servers/worker-context.ts';

type Parts = Pick<WorkerContext, 'prisma'>;

/** Who makes a change. */
export interface Changer {
  changedBy: string;
  address?: string | undefined;
}

/** Replaces all rules. Throws VERSION_CONFLICT and VALIDATION_FAILED. */
export async function changeRules(
  { prisma }: Parts,
  { version, rules, why, ...changer }: Static<typeof ChangeRules> & Changer,
): Promise<void> {
  const fault = faultOfRules(rules);
  if (fault !== undefined) throw new Problem('VALIDATION_FAILED', fault);
  await prisma.$transaction(async (tx) => {
    const next = await takeVersion(tx);
    if (version !== next.rulesVersion) {
      throw new Problem(
        'VERSION_CONFLICT',
        `The rules have version ${next.rulesVersion} by now, but the change is for version ${version}. Read them again.`,
      );
    }
    await tx.$executeRaw`
      UPDATE risk_settings SET rules = ${JSON.stringify(rules)}::jsonb, rules_version = ${next.version},
        rules_changed_at = now(), rules_changed_by = ${changer.changedBy}`;
    await note(tx, next.version, changer, { what: 'rules', why, detail: rules });
  });
}

/** Adds an entry, or changes the note and the expiry of the one that is there. Throws VALIDATION_FAILED. */
export async function addEntry(
  { prisma }: Parts,
  {
    list,
    kind,
    value,
    saleId,
    note: text,
    expiresAt,
    isAppeal = false,
    ...changer
  }: NewEntry & Changer & { list: string; isAppeal?: boolean },
): Promise<RiskListEntry> {
  const normal = normalValue(kind, value);
  if (normal === undefined) throw new Problem('VALIDATION_FAILED', `value must be ${expectedValue(kind)}.`);
  return prisma.$transaction(async (tx) => {
    const { version } = await takeVersion(tx);
    const [{ count } = { count: 0 }] = await tx.$queryRaw<
      { count: number }[]
    >`SELECT count(*)::int AS count FROM risk_list_entries`;
    if (count >= MOST_ENTRIES) {
      throw new Problem('VALIDATION_FAILED', `The lists have ${count} entries, the most that gateways keep. Remove some first.`);
    }
    const same = { list, kind, value: normal, saleId: saleId ?? null };
    const there = await tx.riskListEntry.findFirst({ where: same });
    const content = {
      note: text ?? null,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      addedBy: changer.changedBy,
    };
    const entry =
      there === null
        ? await tx.riskListEntry.create({ data: { id: newId(), ...same, ...content } })
        : await tx.riskListEntry.update({ where: { id: there.id }, data: content });
    await note(tx, version, changer, { what: isAppeal ? 'appeal' : 'entry-added', why: text, detail: detailOf(entry) });
    return entry;
  });
}

/** Removes an entry. Resolves to false if the list does not have it. */
export async function removeEntry(
  { prisma }: Parts,
  { list, entryId, ...changer }: { list: string; entryId: string } & Changer,
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    const { version } = await takeVersion(tx);
    const entry = await tx.riskListEntry.findFirst({ where: { id: entryId, list } });
    if (entry === null) {
      await tx.$executeRaw`UPDATE risk_settings SET version = version - 1`;
      return false;
    }
    await tx.riskListEntry.delete({ where: { id: entryId } });
    await note(tx, version, changer, { what: 'entry-removed', why: undefined, detail: detailOf(entry) });
    return true;
  });
}

/** Locks the row that all changes take, so that versions are in the order of the commits. */
async function takeVersion(tx: Prisma.TransactionClient): Promise<{ version: number; rulesVersion: number }> {
  const [next] = await tx.$queryRaw<{ version: number; rulesVersion: number }[]>`
    UPDATE risk_settings SET version = version + 1 RETURNING version, rules_version AS "rulesVersion"`;
  if (next === undefined) throw new Error('The table risk_settings has no row. Run the migrations.');
  return next;
}

async function note(
  tx: Prisma.TransactionClient,
  version: number,
  { changedBy, address }: Changer,
  { what, why, detail }: { what: RiskChangeView['what']; why: string | undefined; detail: unknown },
): Promise<void> {
  await tx.riskChange.create({
    data: { version, changedBy, address: address ?? null, what, why: why ?? null, detail: detail as Prisma.InputJsonValue },
  });
}

function detailOf({ list, kind, value, saleId, expiresAt }: RiskListEntry) {
  return {
    list,
    kind: kind as EntryKind,
    value,
    ...(saleId === null ? {} : { saleId }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
