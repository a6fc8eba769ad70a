import './listeners.css';
import { defineComponent, shallowRef } from 'vue';
import { type Listener, listListeners } from '../../shared/api/listeners-api.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { formatCompact, formatCount, formatMs, formatRate } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { usePolled } from '../parts/use-polled.ts';
import { backlogSeries, type ListenerFrame, paceSeries } from './listener-series.ts';
import { SinksPanel } from './sinks-panel.tsx';

const POLL_MS = 2_000;
/** Ten minutes. */
const MOST_FRAMES = 300;

/** How the listeners of order events do. */
export const ListenersPage = defineComponent(() => {
  const frames = shallowRef<readonly ListenerFrame[]>([]);
  const { value, problem, load } = usePolled(
    async () => {
      const { listeners } = await listListeners();
      frames.value = [...frames.value, { at: Date.now(), listeners }].slice(-MOST_FRAMES);
      return listeners;
    },
    () => POLL_MS,
  );
  document.title = 'Listeners · Seckill console';
  return () => {
    const times = frames.value.map(({ at }) => at);
    return (
      <div class="stack">
        <div class="page-head">
          <h1>Listeners</h1>
        </div>
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        <div class="charts">
          <TimeChart title="Backlog" times={times} series={backlogSeries(frames.value)} format={formatCompact} isStepped />
          <TimeChart title="Pace" times={times} series={paceSeries(frames.value)} format={formatRate} isStepped />
        </div>
        {value.value === undefined ? (
          problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />
        ) : (
          <ListenerTable listeners={value.value} />
        )}
        <SinksPanel />
      </div>
    );
  };
});

function ListenerTable({ listeners }: { listeners: readonly Listener[] }) {
  return (
    <section class="panel card" aria-label="Listeners">
      <p class="hint">Each follows the orders at its own pace. No order waits for a listener.</p>
      <Table
        label="Table of listeners"
        texts={['Listener']}
        numbers={['To read', 'To act on', 'Longest wait', 'Done in a minute', 'Given up']}
      >
        {listeners.map(({ listener, behind, waiting, oldestSeconds, donePerMinute, dead }) => (
          <tr key={listener}>
            <td>
              <a href={listener === 'webhooks' ? '/console/webhooks' : `/console/listeners/${listener}`} data-inside>
                <code>{listener}</code>
              </a>
            </td>
            <td class="number">{formatCount(behind)}</td>
            <td class="number">{formatCount(waiting)}</td>
            <td class="number">{waiting === 0 ? '–' : formatMs(oldestSeconds * 1_000)}</td>
            <td class="number">{formatCount(donePerMinute)}</td>
            <td class="number">{dead === 0 ? '0' : <span class="badge tone-bad">{formatCount(dead)}</span>}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
ListenerTable.props = ['listeners'];
