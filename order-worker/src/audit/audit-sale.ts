import type { ExplainedAudit } from 'seckill-core';
import { readSaleRow } from '../sales/sale-views.ts';
import type { WorkerContext } from '../worker-context.ts';
import type { AuditContext, AuditOptions } from './audit-context.ts';
import { type Check, type CheckResult, settle } from './check.ts';
import { checkOfBalance, readStockLeft } from './check-balance.ts';
import { checksOfBooks, sum } from './check-books.ts';
import { checkOfCounters } from './check-counters.ts';
import { checksOfEvents } from './check-events.ts';
import { checkOfItems } from './check-items.ts';
import { checkOfMoney } from './check-money.ts';
import { checkOfPayments } from './check-payments.ts';
import { checkOfOutbox } from './check-queues.ts';
import { checkOfReservations } from './check-reservations.ts';
import type { Drift } from './drift.ts';

/** After the last order of a sale can have been settled, Redis may forget it. */
const REMEMBERED_MS = 12 * 60 * 60 * 1000;

export interface Audit {
  report: ExplainedAudit;
  /** What the findings of the report are made of, in the same order. */
  drifts: Drift[];
}

/**
 * Checks that stock, reservations, orders and money of a sale add up. Of a sale at rest every check is exact; of one that runs a check
 * fails only where several looks over some seconds all say so. Throws NOT_FOUND for an unknown sale.
 */
export async function auditSale(context: WorkerContext, saleId: string, options: AuditOptions = {}): Promise<Audit> {
  const audited = await openAudit(context, saleId);
  const results = await runChecks(audited, options);
  const explained = await explain(results.filter(({ holds }) => !holds));
  const drifts = explained.map(({ drift }) => drift);
  const report = {
    saleId,
    holds: results.every((result) => result.holds),
    oversold: sum(results, (result) => result.oversold ?? 0),
    lost: sum(results, (result) => result.lost ?? 0),
    duplicated: sum(results, (result) => result.duplicated ?? 0),
    stockLeft: await readStockLeft(audited),
    // Two checks may see the same unit: the larger figure stands.
    drift: Math.max(0, ...results.map((result) => result.drift ?? 0)),
    checks: results.map(({ name, holds, detail }) => ({ name, holds, detail })),
    findings: explained.map(findingOf),
  };
  return { report, drifts };
}

export async function openAudit(context: WorkerContext, saleId: string): Promise<AuditContext> {
  const sale = await readSaleRow(context.prisma, saleId);
  const lastSettled = sale.endsAt.getTime() + sale.payTimeoutSeconds * 1000;
  const inRedis = sale.status !== 'DRAFT' && context.clock.now() < lastSettled + REMEMBERED_MS;
  return { ...context, sale, inRedis, reading: {} };
}

export function runChecks(audited: AuditContext, { light = false, signal }: AuditOptions): Promise<CheckResult[]> {
  const ofRedis = light
    ? [checkOfItems(audited), checkOfCounters(audited), checkOfOutbox(audited)]
    : [checkOfItems(audited), checkOfReservations(audited), checkOfBalance(audited), checkOfOutbox(audited)];
  const checks: Check[] = [
    ...checksOfBooks(audited),
    checkOfMoney(audited),
    ...(light ? [] : [checkOfPayments(audited)]),
    ...(audited.inRedis ? ofRedis : []),
    ...checksOfEvents(audited),
  ];
  return Promise.all(checks.map((check) => settle(check, signal)));
}

interface Explained {
  /** The check's name. */
  check: string;
  drift: Drift;
}

/** A check that has nothing of its own to say fails because of what the others have found. */
async function explain(failing: readonly CheckResult[]): Promise<Explained[]> {
  const explained = await Promise.all(
    failing.map(async (result) => (await result.explain(result)).map((drift) => ({ check: result.name, drift }))),
  );
  const found = explained.flat();
  return found.length > 0
    ? found
    : failing.map(({ name, detail }) => ({ check: name, drift: { says: tooRecent(detail), advice: 'Audit again.' } }));
}

const tooRecent = (detail: string): string =>
  `${detail}. At a closer look nothing is wrong any more, or it is too recent to say.`;

const findingOf = ({ check, drift: { says, repair, advice } }: Explained) => ({
  check,
  says,
  ...(repair === undefined ? {} : { repair: repair.does }),
  ...(advice === undefined ? {} : { advice }),
});
