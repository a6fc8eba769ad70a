import type { AuditReport } from '../../shared/api/contract.ts';
import { formatCount } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import type { Audit } from './use-audit.ts';

/** The checks of a sale's audit, each as a sentence that holds or not. */
export function AuditPanel({ audit: { report, problem, madeAt, isBusy, audit } }: { audit: Audit }) {
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
          <button type="button" class="button button--small" disabled={isBusy.value} onClick={audit}>
            {isBusy.value ? 'Counting…' : 'Audit again'}
          </button>
        </div>
      </header>
      {problem.value !== undefined && <ProblemNotice problem={problem.value} />}
      {report.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '8rem' }} />}
      {report.value !== undefined && (
        <AuditResult report={report.value} madeAt={new Date(madeAt.value ?? 0).toLocaleTimeString('en-GB')} />
      )}
    </section>
  );
}
AuditPanel.props = ['audit'];

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
