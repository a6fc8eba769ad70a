import { isOutage, type JobProgress, type RepairReport } from 'seckill-core';
import { restoreSale } from '../restoring/restore-sale.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { auditSale } from './audit-sale.ts';
import { inRepairOrder, type Repairable } from './checks/drift.ts';
import { openAudit } from './evidence/audit-context.ts';
import { fitMessage } from './fit-message.ts';

type Repaired = RepairReport['repairs'][number];

/** Ids logged with each repair; its count covers all of them. */
const IDS_LOGGED = 500;

export interface RepairOptions {
  /** An older copy of PostgreSQL was restored: first brings back what the streams know. */
  restored?: boolean;
  signal?: AbortSignal;
  /** Checks, then repairs, then checks again. */
  progress?: (progress: JobProgress) => void;
}

/**
 * Audits a sale, repairs what has exactly one right answer, and audits again. A finding has stood for seconds, and each repair reads again
 * before it changes anything. Every repair is idempotent, so concurrent and interrupted repairs do no harm. Throws NOT_FOUND for an unknown
 * sale.
 */
export async function repairSale(
  context: WorkerContext,
  saleId: string,
  { restored = false, ...options }: RepairOptions = {},
): Promise<RepairReport> {
  const repairs: Repaired[] = restored ? [await make(context, saleId, await restoring(context, saleId))] : [];
  const { report: before, drifts } = await auditSale(context, saleId, options);
  const repairable = inRepairOrder(drifts);
  for (const [done, drift] of repairable.entries()) {
    options.signal?.throwIfAborted();
    options.progress?.({ done, total: repairable.length, unit: 'repairs' });
    repairs.push(await make(context, saleId, drift));
  }
  const after = repairs.length === 0 ? before : (await auditSale(context, saleId, options)).report;
  return { saleId, before, repairs: fitMessage(repairs, moreRepairs), after };
}

async function restoring(context: WorkerContext, saleId: string): Promise<Repairable> {
  const audited = await openAudit(context, saleId);
  return {
    says: 'PostgreSQL may lack what SECKILL_ORDERS and SECKILL_PAYMENTS know.',
    repair: {
      kind: 'restore',
      writes: 'postgres',
      does: 'brings back orders, cancels, rejections and payments from there.',
      apply: () => restoreSale(audited),
    },
  };
}

async function make(
  { log, metrics }: Pick<WorkerContext, 'log' | 'metrics'>,
  saleId: string,
  { says, repair: { kind, does, apply } }: Repairable,
): Promise<Repaired> {
  try {
    const ids = await apply();
    const fields = { saleId, repair: kind, changed: ids.length, ids: ids.slice(0, IDS_LOGGED), finding: says, does };
    if (ids.length > 0) log.warn(fields, 'the audit repaired what did not add up');
    else log.info(fields, 'the audit had nothing left to repair');
    metrics.auditRepairs.inc({ repair: kind }, ids.length);
    return { repair: kind, says: `${says} Repair: ${does}`, changed: ids.length, failed: false };
  } catch (error) {
    // If a server is away, the other repairs fail too, and the caller learns to ask again.
    if (isOutage(error)) throw error;
    log.error({ err: error, saleId, repair: kind, finding: says }, 'a repair of the audit failed');
    const [reason] = (error as Error).message.trim().split('\n').slice(-1);
    return { repair: kind, says: `${says} The repair failed: ${reason}`, changed: 0, failed: true };
  }
}

const moreRepairs = (count: number): Repaired => ({
  repair: 'more',
  says: `${count} more repairs do not fit this report; the log has them.`,
  changed: 0,
  failed: false,
});
