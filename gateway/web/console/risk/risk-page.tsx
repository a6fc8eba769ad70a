import { defineComponent } from 'vue';
import {
  listRiskChanges,
  listRiskLists,
  type RiskRules,
  type RiskVerdicts,
  readRiskRules,
  readVerdicts,
} from '../../shared/api/risk-api.ts';
import { formatCount } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { usePolled } from '../parts/use-polled.ts';
import { AppealForm } from './appeal-form.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { SamplesPanel } from './samples-panel.tsx';

const POLL_MS = 2_000;

/** The rules of risk control with what they have found, whom, and who changed them. */
export const RiskPage = defineComponent(() => {
  const { value, problem, load } = usePolled(
    async () => {
      const [rules, verdicts, { lists }, { changes }] = await Promise.all([
        readRiskRules(),
        readVerdicts(),
        listRiskLists(),
        listRiskChanges(),
      ]);
      return { rules, verdicts, lists, changes };
    },
    () => POLL_MS,
  );
  document.title = 'Risk · Seckill console';
  return () => (
    <div class="stack">
      <div class="page-head">
        <h1>Risk</h1>
      </div>
      {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
      {value.value === undefined ? (
        problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />
      ) : (
        <>
          <RulesPanel rules={value.value.rules} verdicts={value.value.verdicts} />
          <section class="panel card" aria-label="Lists">
            <h2>Lists</h2>
            <p class="hint">Everyone in allow passes every rule. Everyone in deny is blocked. Rules name the others.</p>
            {value.value.lists.length === 0 ? (
              <p>No list has an entry.</p>
            ) : (
              <Table label="Table of lists" texts={['List']} numbers={['Entries']}>
                {value.value.lists.map(({ list, entries }) => (
                  <tr key={list}>
                    <td>
                      <code>{list}</code>
                    </td>
                    <td class="number">{formatCount(entries)}</td>
                  </tr>
                ))}
              </Table>
            )}
            <AppealForm onDone={load} />
          </section>
          <SamplesPanel samples={value.value.verdicts.samples} />
          <ChangesPanel changes={value.value.changes} />
        </>
      )}
    </div>
  );
});

const ACTIONS = {
  observe: { tone: 'tone-wait', text: 'Only observes' },
  slow: { tone: 'tone-good', text: 'Slows down' },
  challenge: { tone: 'tone-good', text: 'Challenges' },
  block: { tone: 'tone-bad', text: 'Blocks' },
} as const;

function RulesPanel({ rules: { rules }, verdicts }: { rules: RiskRules; verdicts: RiskVerdicts }) {
  const found = (ruleId: string, action: string) =>
    verdicts.counts.find((count) => count.ruleId === ruleId && count.action === action) ?? { requests: 0, users: 0 };
  return (
    <section class="panel card" aria-label="Rules">
      <h2>Rules</h2>
      <p class="hint">A rule that only observes shows what it would have found. Counts are of the last days, on all gateways.</p>
      {rules.length === 0 ? (
        <p>No rule is set.</p>
      ) : (
        <Table label="Table of rules" texts={['Rule', 'Action']} numbers={['Requests found', 'Users found']}>
          {rules.map(({ ruleId, name, action, enabled }) => {
            const { requests, users } = found(ruleId, action);
            const { tone, text } = ACTIONS[action];
            return (
              <tr key={ruleId}>
                <td>
                  {name} <code>{ruleId}</code>
                </td>
                <td>{enabled ? <span class={['badge', tone]}>{text}</span> : 'Off'}</td>
                <td class="number">{formatCount(requests)}</td>
                <td class="number">{formatCount(users)}</td>
              </tr>
            );
          })}
        </Table>
      )}
    </section>
  );
}
RulesPanel.props = ['rules', 'verdicts'];
