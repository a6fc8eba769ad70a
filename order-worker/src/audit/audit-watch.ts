import { RepeatedTask } from 'seckill-core';
import type { Rest } from '../servers/background-pace.ts';
import { Leadership } from '../servers/leadership.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { ALL_CHECKS } from './all-checks.ts';
import { runChecks } from './audit-sale.ts';
import { openAudit } from './evidence/audit-context.ts';
import { type CheckResult, PAUSES_MS } from './run-check.ts';

const salesStatement = loadStatement(import.meta.url, 'sales-to-audit');

/** Sales in one round; each is a label of a metric. */
const MOST_SALES = 50;

/** A large sale takes seconds of PostgreSQL, so audits rest long enough to take at most a tenth of the time: after a round, and between sales while orders are made. */
const REST: Rest = { times: 10, longestMs: 120_000 };

type Failing = CheckResult & { saleId: string };

/**
 * Periodically runs the light audit, in one of the workers, for every sale that runs or has orders that may still move. Exports findings as
 * metrics, and logs each one when it appears and when it is gone.
 */
export class AuditWatch {
  readonly #context: WorkerContext;
  readonly #leadership: Leadership;
  readonly #task: RepeatedTask;
  readonly #stop = new AbortController();
  /** What was found and logged, by sale and check. */
  #found: ReadonlyMap<string, Failing> = new Map();
  #restUntil = 0;

  constructor(context: WorkerContext, everyMs: number) {
    this.#context = context;
    this.#leadership = new Leadership(context.databaseUrl, 'audit');
    this.#task = new RepeatedTask({ name: 'the light audit', everyMs, run: () => this.#round(), log: context.log });
  }

  start(): this {
    this.#task.start();
    return this;
  }

  /** A round that waits between two passes ends at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#task.stop();
    await this.#leadership.giveUp();
  }

  async #round(): Promise<void> {
    if (!(await this.#leadership.take())) return this.#forget();
    const { signal } = this.#stop;
    if (performance.now() < this.#restUntil) return;
    const sales = await this.#context.prisma.$queryRawUnsafe<{ saleId: string }[]>(salesStatement, MOST_SALES);
    const results = new Map<string, CheckResult[]>();
    let took = 0;
    for (const { saleId } of sales) {
      if (signal.aborted) return;
      const began = performance.now();
      const checks = await runChecks(await openAudit(this.#context, saleId), { light: true, signal }).catch(this.#unlessStopped);
      if (checks === undefined) return;
      results.set(saleId, checks);
      // The pauses between the passes over a sale that does not hold cost nothing, and its next round should come soon.
      const waited = checks.every(({ found }) => found.holds) ? 0 : PAUSES_MS;
      const tookNow = Math.max(0, performance.now() - began - waited);
      took += tookNow;
      if (results.size < sales.length) await this.#context.pace.rest(performance.now() - tookNow, REST);
    }
    if (signal.aborted) return;
    this.#measure(results);
    this.#report(results);
    this.#restUntil = performance.now() + Math.min(took * REST.times, REST.longestMs);
  }

  readonly #unlessStopped = (error: unknown): undefined => {
    if (!this.#stop.signal.aborted) throw error;
  };

  /** Sales that are no longer audited leave the metrics, so there are never more labels than sales at a time. */
  #measure(results: ReadonlyMap<string, readonly CheckResult[]>): void {
    const { auditHolds, auditFindings, auditTime } = this.#context.metrics;
    auditHolds.reset();
    for (const [sale, checks] of results) auditHolds.set({ sale }, checks.every(({ found }) => found.holds) ? 1 : 0);
    for (const { key } of ALL_CHECKS) {
      const failing = [...results.values()].filter((checks) =>
        checks.some(({ check, found }) => check.key === key && !found.holds),
      );
      auditFindings.set({ check: key }, failing.length);
    }
    auditTime.set(Date.now() / 1000);
  }

  #report(results: ReadonlyMap<string, readonly CheckResult[]>): void {
    const { log } = this.#context;
    const failing = new Map(
      [...results].flatMap(([saleId, checks]) =>
        checks
          .filter(({ found }) => !found.holds)
          .map((result): [string, Failing] => [`${saleId} ${result.check.key}`, { ...result, saleId }]),
      ),
    );
    for (const [id, { saleId, check, found }] of failing) {
      if (this.#found.has(id)) continue;
      const { key, name } = check;
      log.error({ saleId, check: key, detail: found.detail }, `the audit does not hold: it is not true that "${name}"`);
    }
    for (const [id, { saleId, check }] of this.#found) {
      if (failing.has(id)) continue;
      const fields = { saleId, check: check.key };
      if (results.has(saleId)) log.info(fields, `the audit holds again: "${check.name}"`);
      else log.warn(fields, `the sale is over and no longer audited, and it was not true that "${check.name}"`);
    }
    this.#found = failing;
  }

  /** Another worker audits. */
  #forget(): void {
    const { auditHolds, auditFindings, auditTime } = this.#context.metrics;
    auditHolds.reset();
    auditFindings.reset();
    auditTime.set(0);
    this.#found = new Map();
  }
}
