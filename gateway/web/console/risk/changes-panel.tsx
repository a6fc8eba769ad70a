import type { RiskChange } from '../../shared/api/risk-api.ts';
import { formatWhen } from '../parts/numbers.ts';
import { Table } from '../parts/table.tsx';

const WORDS = {
  rules: 'Changed the rules',
  'entry-added': 'Added an entry',
  'entry-removed': 'Removed an entry',
  appeal: 'Let a user through',
} as const;

/** Who changed rules and lists. */
export function ChangesPanel({ changes }: { changes: readonly RiskChange[] }) {
  return (
    <section class="panel card" aria-label="Changes">
      <h2>Changes</h2>
      {changes.length === 0 ? (
        <p>Rules and lists have not been changed.</p>
      ) : (
        <Table label="Table of changes" texts={['Time', 'Operator', 'Change', 'Why']} numbers={[]}>
          {changes.map(({ version, changedAt, changedBy, what, why }) => (
            <tr key={version}>
              <td>{formatWhen(changedAt)}</td>
              <td>{changedBy}</td>
              <td>{WORDS[what]}</td>
              <td>{why}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
ChangesPanel.props = ['changes'];
