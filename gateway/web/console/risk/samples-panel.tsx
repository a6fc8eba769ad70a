import type { RiskVerdicts } from '../../shared/api/risk-api.ts';
import { formatWhen } from '../parts/numbers.ts';
import { Table } from '../parts/table.tsx';

const SHOWN = 20;

/** The newest findings, with their reasons. */
export function SamplesPanel({ samples }: { samples: RiskVerdicts['samples'] }) {
  return (
    <section class="panel card" aria-label="Latest findings">
      <h2>Latest findings</h2>
      {samples.length === 0 ? (
        <p>The rules have found no request yet.</p>
      ) : (
        <Table label="Table of findings" texts={['Time', 'Rule', 'User', 'Address', 'Reason']} numbers={[]}>
          {samples.slice(0, SHOWN).map(({ at, ruleId, userId, address, reason }, i) => (
            <tr key={`${at}-${i}`}>
              <td>{formatWhen(new Date(at).toISOString())}</td>
              <td>
                <code>{ruleId}</code>
              </td>
              <td>{userId}</td>
              <td>{address}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
SamplesPanel.props = ['samples'];
