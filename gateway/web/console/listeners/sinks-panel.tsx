import { defineComponent, shallowRef } from 'vue';
import { listSinks, type Sink } from '../../shared/api/sinks-api.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { usePolled } from '../parts/use-polled.ts';
import { RestartSink } from './restart-sink.tsx';

/** How the sinks of the data hub do. Nothing is shown if none has begun. */
export const SinksPanel = defineComponent(() => {
  const { value, problem, load } = usePolled(async () => (await listSinks()).sinks);
  const asked = shallowRef<string>();
  const said = shallowRef('');

  return () => (
    <>
      {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
      {value.value !== undefined && value.value.length > 0 && (
        <section class="panel card" aria-label="Data hub">
          <h2>Data hub</h2>
          <p class="hint">Places outside PostgreSQL that get every event.</p>
          {said.value !== '' && <p role="status">{said.value}</p>}
          <Table label="Table of sinks" texts={['Sink', 'State', '']} numbers={['To read', 'Events']}>
            {value.value.map((sink) => (
              <tr key={sink.sink}>
                <td>
                  <code>{sink.sink}</code>
                </td>
                <td class="attempt">{stateOf(sink)}</td>
                <td>
                  <button type="button" class="button button--plain" onClick={() => (asked.value = sink.sink)}>
                    Start over…
                  </button>
                </td>
                <td class="number">{formatCount(sink.behind)}</td>
                <td class="number">{formatCount(sink.events)}</td>
              </tr>
            ))}
          </Table>
        </section>
      )}
      {asked.value !== undefined && (
        <RestartSink
          sink={asked.value}
          onRestarted={() => {
            said.value = `${asked.value} starts over.`;
            asked.value = undefined;
            load();
          }}
          onClose={() => {
            asked.value = undefined;
          }}
        />
      )}
    </>
  );
});

function stateOf({ failures, lastError, readsDatabase, behind, movedAt }: Sink) {
  if (failures > 0)
    return (
      <>
        <span class="badge tone-bad">Fails</span> {lastError}
      </>
    );
  if (readsDatabase) return 'Reads older events from PostgreSQL';
  return behind === 0 ? 'Up to date' : `Last wrote ${formatWhen(movedAt)}`;
}
