import { formatCount, formatMs } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { Scrollable } from '../parts/scrollable.tsx';

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
        <Scrollable label="Table of queues">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Consumer</th>
                <th scope="col" class="number">
                  Waiting
                </th>
                <th scope="col" class="number">
                  In progress
                </th>
                <th scope="col" class="number">
                  Behind
                </th>
              </tr>
            </thead>
            <tbody>
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
            </tbody>
          </table>
        </Scrollable>
      )}
    </section>
  );
}
