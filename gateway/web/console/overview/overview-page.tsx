import './overview.css';
import '../orders/orders.css';
import { defineComponent } from 'vue';
import { AlarmList } from '../alarms/alarm-list.tsx';
import { answerSeries, lagSeries, latencySeries, queueSeries } from '../charts/platform-series.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { formatCompact, formatMs, formatRate } from '../parts/numbers.ts';
import { frames } from '../parts/operator-stream.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useAdminSales } from '../parts/use-admin-sales.ts';
import { DeadLetters } from './dead-letters.tsx';
import { Processes } from './processes.tsx';
import { Queues } from './queues.tsx';
import { RefusedRefunds } from './refused-refunds.tsx';
import { SalesTable } from './sales-table.tsx';
import { StuckSagas } from './stuck-sagas.tsx';
import { WantedItems } from './wanted-items.tsx';

export const OverviewPage = defineComponent(() => {
  const { sales, hasMore, problem, load, loadMore } = useAdminSales();
  return () => {
    const times = frames.value.map(({ at }) => at);
    return (
      <div class="stack">
        <div class="page-head">
          <h1>Overview</h1>
          <a class="button button--act" href="/console/new" data-inside>
            New sale
          </a>
        </div>
        <AlarmList />
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        <SalesTable sales={sales.value} />
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older sales
          </button>
        )}
        <div class="charts">
          <TimeChart title="Answers, all sales" times={times} series={answerSeries(frames.value)} format={formatRate} />
          <TimeChart title="Time to answer" times={times} series={latencySeries(frames.value)} format={formatMs} />
          <TimeChart
            title="Waiting for the worker"
            times={times}
            series={queueSeries(frames.value)}
            format={formatCompact}
            isStepped
          />
          <TimeChart title="Lag of the worker" times={times} series={lagSeries(frames.value)} format={formatMs} isStepped />
        </div>
        <div class="halves">
          <Processes />
          <Queues />
        </div>
        <WantedItems />
        <RefusedRefunds />
        <StuckSagas />
        <DeadLetters />
      </div>
    );
  };
});
