import { RepeatedTask } from 'seckill-core';
import { Leadership } from '../listeners/leadership.ts';
import type { WorkerContext } from '../worker-context.ts';
import { openAudit, runChecks } from './audit-sale.ts';
import { CHECK_KEYS, type CheckResult, LOOKS_WAIT_MS } from './check.ts';
import { salesToAudit } from './sales-to-audit.ts';

/** Of a large sale a round takes seconds of PostgreSQL: then it comes less often, so that audits take a tenth of the time at most. */
const REST_AFTER = 10;
const LONGEST_REST_MS = 120_000;

/**
 * Audits by itself, in one of the workers, every sale that runs or has orders that may still move: the light form, which counts and does not look at
 * each reservation. Findings become metrics, and are logged when they come and when they are gone.
 */
export class AuditWatch {
  readonly #context: WorkerContext;
  readonly #leadership: Leadership;
  readonly #task: RepeatedTask;
  readonly #stop = new AbortController();
  /** What was found and logged: by sale and check. */
  readonly #found = new Map<string, CheckResult & { saleId: string }>();
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

  /** A round that waits between two looks ends at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#task.stop();
    await this.#leadership.giveUp();
  }

  async #round(): Promise<void> {
    if (!(await this.#leadership.take())) return this.#forget();
    const { signal } = this.#stop;
    const began = performance.now();
    if (began < this.#restUntil) return;
    const saleIds = await salesToAudit(this.#context.prisma);
    const results = new Map<string, CheckResult[]>();
    for (const saleId of saleIds) {
      if (signal.aborted) return;
      const checks = await runChecks(await openAudit(this.#context, saleId), { light: true, signal }).catch(this.#unlessStopped);
      if (checks !== undefined) results.set(saleId, checks);
    }
    if (signal.aborted) return;
    this.#measure(results);
    this.#tell(results);
    // What was waited between the looks at a sale that does not hold cost nobody anything, and its next look is wanted soon.
    const waited = LOOKS_WAIT_MS * new Set([...this.#found.values()].map(({ saleId }) => saleId)).size;
    const took = Math.max(0, performance.now() - began - waited);
    this.#restUntil = performance.now() + Math.min(took * REST_AFTER, LONGEST_REST_MS);
  }

  readonly #unlessStopped = (error: unknown): undefined => {
    if (!this.#stop.signal.aborted) throw error;
  };

  /** Sales that are no longer audited leave the metrics: as many labels as there are sales at a time. */
  #measure(results: ReadonlyMap<string, readonly CheckResult[]>): void {
    const { auditHolds, auditFindings, auditTime } = this.#context.metrics;
    auditHolds.reset();
    for (const [sale, checks] of results) auditHolds.set({ sale }, checks.every(({ holds }) => holds) ? 1 : 0);
    for (const check of CHECK_KEYS) {
      const failing = [...results.values()].filter((checks) => checks.some(({ key, holds }) => key === check && !holds));
      auditFindings.set({ check }, failing.length);
    }
    auditTime.set(Date.now() / 1000);
  }

  #tell(results: ReadonlyMap<string, readonly CheckResult[]>): void {
    const { log } = this.#context;
    const failing = new Map<string, CheckResult & { saleId: string }>(
      [...results].flatMap(([saleId, checks]) =>
        checks.filter(({ holds }) => !holds).map((check) => [`${saleId} ${check.key}`, { ...check, saleId }] as const),
      ),
    );
    for (const [id, { saleId, key, name, detail }] of failing) {
      if (this.#found.has(id)) continue;
      log.error({ saleId, check: key, detail }, `the audit does not hold: it is not so that "${name}"`);
    }
    for (const [id, { saleId, key, name }] of this.#found) {
      if (failing.has(id)) continue;
      if (results.has(saleId)) log.info({ saleId, check: key }, `the audit holds again: "${name}"`);
      else log.warn({ saleId, check: key }, `the sale is over and no longer audited, and it was not so that "${name}"`);
    }
    this.#found.clear();
    for (const [id, check] of failing) this.#found.set(id, check);
  }

  /** Another worker audits. */
  #forget(): void {
    const { auditHolds, auditFindings, auditTime } = this.#context.metrics;
    auditHolds.reset();
    auditFindings.reset();
    auditTime.set(0);
    this.#found.clear();
  }
}
