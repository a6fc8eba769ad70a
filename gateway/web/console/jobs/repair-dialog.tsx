import { defineComponent, onScopeDispose, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { ExplainedAudit, Job, RepairReport } from '../../shared/api/contract.ts';
import { explainAudit, repairSale } from '../../shared/api/operator-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { JobMeter } from './job-meter.tsx';

/** Shows what a repair would do, repairs if the operator agrees, and shows what was done. */
export const RepairDialog = defineComponent(
  (props: { saleId: string; onRepaired: (after: ExplainedAudit) => void; onClose: () => void }) => {
    const preview = shallowRef<ExplainedAudit>();
    const report = shallowRef<RepairReport>();
    const job = shallowRef<Job>();
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);
    const closing = new AbortController();
    onScopeDispose(() => closing.abort());

    async function run(work: () => Promise<void>): Promise<void> {
      isBusy.value = true;
      problem.value = undefined;
      try {
        await work();
      } catch (error) {
        if (!closing.signal.aborted) problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
        job.value = undefined;
      }
    }
    const following = { signal: closing.signal, onProgress: (next: Job) => (job.value = next) };
    const look = () =>
      run(async () => {
        preview.value = await explainAudit(props.saleId, following);
      });
    const repair = () =>
      run(async () => {
        report.value = await repairSale(props.saleId, following);
        props.onRepaired(report.value.after);
      });
    void look();

    return () => {
      const isRepairing = isBusy.value && preview.value !== undefined;
      const repairable = (preview.value?.findings ?? []).filter((finding) => finding.repair !== undefined).length;
      return (
        <Modal title="Repair this sale" onClose={props.onClose}>
          {report.value !== undefined ? (
            <Repaired report={report.value} />
          ) : (
            preview.value !== undefined && <Preview audit={preview.value} repairable={repairable} />
          )}
          {isBusy.value && (job.value === undefined ? <p role="status">Asking a worker…</p> : <JobMeter job={job.value} />)}
          {isRepairing && <p class="hint">The repair goes on if you close this.</p>}
          {problem.value !== undefined && (
            <ProblemNotice problem={problem.value} onRetry={() => void (preview.value === undefined ? look() : repair())} />
          )}
          <div class="actions">
            {report.value === undefined && repairable > 0 && (
              <button type="button" class="button button--act" disabled={isBusy.value} onClick={() => void repair()}>
                {repairable === 1 ? 'Make 1 repair' : `Make ${repairable} repairs`}
              </button>
            )}
            <button type="button" class="button" onClick={props.onClose}>
              {report.value === undefined && !isRepairing ? 'Not now' : 'Close'}
            </button>
          </div>
        </Modal>
      );
    };
  },
  { props: ['saleId', 'onRepaired', 'onClose'] },
);

function Preview({ audit: { holds, findings = [] }, repairable }: { audit: ExplainedAudit; repairable: number }) {
  if (holds) return <p>Everything adds up: there is nothing to repair.</p>;
  return (
    <>
      <p>
        {repairable === 0
          ? 'No finding has exactly one right answer, so a person has to decide.'
          : 'A repair changes only what has exactly one right answer. Each repair checks again before it writes.'}
      </p>
      <ol class="findings">
        {findings.map(({ says, repair, advice }) => (
          <li>
            <strong>{says}</strong>
            {repair !== undefined && <span>The repair {repair}</span>}
            {advice !== undefined && (
              <span class="hint">
                {repair === undefined ? 'A person decides. ' : ''}
                {advice}
              </span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
Preview.props = ['audit', 'repairable'];

function Repaired({ report: { repairs, after } }: { report: RepairReport }) {
  return (
    <>
      <p class={['notice', after.holds ? 'tone-good' : 'tone-bad']} role="status">
        {after.holds ? 'The audit holds now.' : 'The audit still does not hold. Audit again to see what is left.'}
      </p>
      <ol class="findings">
        {repairs.map(({ says, changed, failed }) => (
          <li>
            <strong>{failed ? 'Failed' : changed > 0 ? 'Done' : 'Nothing left to do'}</strong>
            <span>{says}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
Repaired.props = ['report'];
