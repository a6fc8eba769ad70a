import type { SaleReport } from '../../shared/api/contract.ts';
import { ANSWER_KINDS } from '../parts/answer-kinds.ts';
import { formatCount, formatShare } from '../parts/numbers.ts';

/** From tokens to payments, and the answers to the other attempts. */
export function Funnel({ report }: { report: SaleReport }) {
  const { tokens, tries, won, ordered, paid } = report.funnel;
  const steps: [string, number, string][] = [
    ['Got a token', tokens, '--c-early'],
    ['Won', won, '--c-won'],
    ['Ordered', ordered, '--c-won'],
    ['Paid', paid, '--c-won'],
  ];
  const answers = ANSWER_KINDS.flatMap(({ outcome, label, colour }): [string, number, string][] => {
    const count = report.answers[outcome] ?? 0;
    return count === 0 ? [] : [[label, count, colour]];
  });
  return (
    <div class="halves">
      <Bars
        title="From token to payment"
        steps={steps}
        of={Math.max(tokens, won)}
        hint="A token lets one buyer try to buy one item."
      />
      <Bars
        title="Answers to attempts"
        steps={answers}
        of={tries}
        hint={`${formatCount(tries)} attempts. A buyer who is asked to wait tries again, and a repeated attempt gets the same answer.`}
      />
    </div>
  );
}
Funnel.props = ['report'];

function Bars({ title, steps, of, hint }: { title: string; steps: [string, number, string][]; of: number; hint: string }) {
  return (
    <section class="panel card">
      <header>
        <h2>{title}</h2>
        <span class="hint">{hint}</span>
      </header>
      {steps.length === 0 && <p class="hint">No attempts.</p>}
      <ol class="funnel">
        {steps.map(([label, count, colour]) => (
          <li>
            <span>{label}</span>
            <span class="bar" aria-hidden="true">
              <span style={{ '--bar': `var(${colour})`, transform: `scaleX(${of === 0 ? 0 : count / of})` }} />
            </span>
            <span>
              <b>{formatCount(count)}</b> <small>{of === 0 ? '' : formatShare(count / of)}</small>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
Bars.props = ['title', 'steps', 'of', 'hint'];
