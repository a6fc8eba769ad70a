import { formatCount, formatMs } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { Table } from '../parts/table.tsx';

/** The backlog of the JetStream consumers. */
export function Queues() {
  const frame = latest.value;
  return (
    <section class="panel card">
      <header>
        <h2>Queues</h2>
        <span class="hint">In progress: with a worker now, or held back until due</span>
      </header>
      {frame === undefined ? (
        <div class="skeleton" style={{ height: '6rem' }} />
      ) : !frame.workerAnswers ? (
        <p class="fault">Unknown: no order worker answers.</p>
      ) : (
        <Table label="Table of queues" texts={['Consumer']} numbers={['Waiting', 'In progress', 'Behind']}>
          {frame.queues.map(({ stream, consumer, waiting, inHand, behindMs }) => (
            <tr key={`${stream}/${consumer}`}>
              <td>
                <code>{consumer}</code> <span class="hint">{stream}</span>
              </td>
              <td class="number">{formatCount(waiting)}</td>
              <td class="number">{formatCount(inHand)}</td>
              <td class="number">{behindMs === undefined ? '' : formatMs(behindMs)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
