import '../jobs/jobs.css';
import { defineComponent, shallowRef } from 'vue';
import type { AuditReport } from '../../shared/api/contract.ts';
import { JobMeter } from '../jobs/job-meter.tsx';
import { RepairDialog } from '../jobs/repair-dialog.tsx';
import { formatCount } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import type { Audit } from './use-audit.ts';

/** The checks of a sale's audit, each as a sentence that holds or not. */
export const AuditPanel = defineComponent(
  (props: { audit: Audit }) => {
    const isRepairing = shallowRef(false);
    return () => {
      const { saleId, report, problem, madeAt, isBusy, job, audit, showRepaired } = props.audit;
      return (
        <section class="panel card" aria-busy={isBusy.value}>
          <header>
            <h2>Audit</h2>
            <div class="actions">
              {report.value !== undefined && (
                <span class={['badge', report.value.holds ? 'tone-good' : 'tone-bad']} role="status">
                  {report.value.holds ? 'Everything adds up' : 'It does not add up'}
                </span>
              )}
              {report.value?.holds === false && (
                <button type="button" class="button button--small" onClick={() => (isRepairing.value = true)}>
                  Repair…
                </button>
              )}
              <button type="button" class="button button--small" disabled={isBusy.value} onClick={audit}>
                {isBusy.value ? 'Counting…' : 'Audit again'}
              </button>
            </div>
          </header>
          {problem.value !== undefined && <ProblemNotice problem={problem.value} />}
          {job.value !== undefined && <JobMeter job={job.value} />}
          {report.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '8rem' }} />}
          {report.value !== undefined && (
            <AuditResult report={report.value} madeAt={new Date(madeAt.value ?? 0).toLocaleTimeString('en-GB')} />
          )}
          {isRepairing.value && (
            <RepairDialog saleId={saleId} onRepaired={showRepaired} onClose={() => (isRepairing.value = false)} />
          )}
        </section>
      );
    };
  },
  { props: ['audit'] },
);

export function AuditResult({ report, madeAt }: { report: AuditReport; madeAt: string }) {
  /** Name, value, and whether any value other than 0 is a fault. */
  const numbers: [string, number, boolean][] = [
    ['Oversold', report.oversold, true],
    ['Lost', report.lost, true],
    ['Duplicated', report.duplicated, true],
    ['Drift', report.drift, true],
    ['Left in stock', report.stockLeft, false],
  ];
  return (
    <>
      <dl class="audit-numbers">
        {numbers.map(([name, value, isFault]) => (
          <div data-fault={isFault && value !== 0 ? '' : undefined}>
            <dt>{name}</dt>
            <dd>{formatCount(value)}</dd>
          </div>
        ))}
      </dl>
      <ul class="checks">
        {[...report.checks]
          .sort((a, b) => Number(a.holds) - Number(b.holds))
          .map(({ name, holds, detail }) => (
            <li key={name} data-holds={String(holds)}>
              <span class="mark" role="img" aria-label={holds ? 'holds' : 'does not hold'}>
                {holds ? '✓' : '✗'}
              </span>
              <strong>{name}</strong>
              <span class="hint">{detail}</span>
            </li>
          ))}
      </ul>
      <p class="hint">As of {madeAt}.</p>
    </>
  );
}
AuditResult.props = ['report', 'madeAt'];
