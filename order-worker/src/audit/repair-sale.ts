import { isOutage, type RepairReport } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { auditSale } from './audit-sale.ts';
import { type Drift, REPAIR_ORDER, type Repair } from './drift.ts';

type Repaired = RepairReport['repairs'][number];

/** Logged with each repair; of more there is the count. */
const IDS_LOGGED = 500;

/**
 * Audits a sale, mends what has exactly one right answer, and audits again. What the audit found has stood for seconds, and each repair looks once more
 * before it changes anything; every one is idempotent, so two at once, or one that was cut short, do no harm. Throws NOT_FOUND for an unknown sale.
 */
export async function repairSale(context: WorkerContext, saleId: string, signal?: AbortSignal): Promise<RepairReport> {
  const options = signal === undefined ? {} : { signal };
  const { report: before, drifts } = await auditSale(context, saleId, options);
  const repairs: Repaired[] = [];
  for (const { says, repair } of inOrder(drifts)) {
    signal?.throwIfAborted();
    repairs.push(await make(context, saleId, says, repair));
  }
  const after = repairs.length === 0 ? before : (await auditSale(context, saleId, options)).report;
  return { saleId, before, repairs, after };
}

type Repairable = Drift & { repair: Repair };

function inOrder(drifts: readonly Drift[]): Repairable[] {
  const repairable = drifts.filter((drift): drift is Repairable => drift.repair !== undefined);
  const rank = ({ repair }: Repairable) => REPAIR_ORDER.indexOf(repair.kind);
  return repairable.toSorted((a, b) => rank(a) - rank(b));
}

async function make({ log, metrics }: WorkerContext, saleId: string, says: string, repair: Repair): Promise<Repaired> {
  const { kind, does, mend } = repair;
  try {
    const ids = await mend();
    const fields = { saleId, repair: kind, changed: ids.length, ids: ids.slice(0, IDS_LOGGED), finding: says, does };
    if (ids.length > 0) log.warn(fields, 'the audit repaired what did not add up');
    else log.info(fields, 'the audit had nothing to repair any more');
    metrics.auditRepairs.inc({ repair: kind }, ids.length);
    return { repair: kind, says: `${says} Repair: ${does}`, changed: ids.length, failed: false };
  } catch (error) {
    // With a server away the others fail too; whoever asked is told to ask again.
    if (isOutage(error)) throw error;
    log.error({ err: error, saleId, repair: kind, finding: says }, 'a repair of the audit failed');
    const [reason] = (error as Error).message.trim().split('\n').slice(-1);
    return { repair: kind, says: `${says} The repair failed: ${reason}`, changed: 0, failed: true };
  }
}
