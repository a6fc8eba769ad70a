import { onScopeDispose, shallowRef, watch } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AuditReport, Job } from '../../shared/api/contract.ts';
import { auditSale } from '../../shared/api/operator-api.ts';
import { serverClock } from '../../shared/clock/now.ts';

const EVERY_MS = 20_000;
/** An audit reads every reservation of the sale, so automatic audits take no more than a fiftieth of the time. */
const REST_FACTOR = 49;

/** Audits the sale repeatedly while `isWanted` and the page is visible, and when the operator presses the button. */
export function useAudit(saleId: string, isWanted: () => boolean) {
  const report = shallowRef<AuditReport>();
  const problem = shallowRef<ApiProblem>();
  /** ms on the server's clock. */
  const madeAt = shallowRef<number>();
  const isBusy = shallowRef(false);
  /** The audit that runs, if it takes longer than the first wait. */
  const job = shallowRef<Job>();
  const leaving = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  /** How many results have been asked for. Only the latest is shown: an earlier one may be from before a repair. */
  let asked = 0;

  function show(found: AuditReport): void {
    report.value = found;
    madeAt.value = serverClock.now();
    problem.value = undefined;
  }

  async function audit(): Promise<void> {
    clearTimeout(timer);
    asked += 1;
    const number = asked;
    isBusy.value = true;
    const began = performance.now();
    try {
      const found = await auditSale(saleId, { signal: leaving.signal, onProgress: (next) => (job.value = next) });
      if (number === asked) show(found);
    } catch (error) {
      if (number === asked) problem.value = asProblem(error);
    } finally {
      isBusy.value = false;
      job.value = undefined;
    }
    if (ended) return;
    clearTimeout(timer);
    timer = setTimeout(auditIfSeen, Math.max(EVERY_MS, (performance.now() - began) * REST_FACTOR));
  }

  function auditIfSeen(): void {
    if (isWanted() && document.visibilityState === 'visible') void audit();
    else timer = setTimeout(auditIfSeen, EVERY_MS);
  }

  onScopeDispose(() => {
    ended = true;
    leaving.abort();
    clearTimeout(timer);
  });
  watch(isWanted, (wanted) => wanted && void audit(), { immediate: true });
  const showRepaired = (after: AuditReport) => {
    asked += 1;
    show(after);
  };
  return { saleId, report, problem, madeAt, isBusy, job, audit: () => void audit(), showRepaired };
}

export type Audit = ReturnType<typeof useAudit>;
