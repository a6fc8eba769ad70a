import { computed, defineComponent } from 'vue';
import type { AdminSale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { formatDuration } from '../../shared/format/duration.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { DeadlinesAhead } from '../charts/deadlines-ahead.tsx';
import { lagSeries, latencySeries, queueSeries } from '../charts/platform-series.ts';
import { momentsOf, orderRateSeries, orderSeries, saleAnswerSeries, stockSeries } from '../charts/sale-series.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { formatCompact, formatCount, formatMs, formatRate } from '../parts/numbers.ts';
import { frames, latest } from '../parts/operator-stream.ts';
import { allUnitsLeft } from '../parts/units-left.ts';

/** Live figures and charts of a sale. */
export const LiveFigures = defineComponent(
  (props: { sale: AdminSale }) => {
    const moments = computed(() => momentsOf(frames.value, props.sale.saleId));
    return () => {
      const times = moments.value.map(({ at }) => at);
      return (
        <>
          <Tiles sale={props.sale} />
          <div class="charts">
            <TimeChart title="Answers" times={times} series={saleAnswerSeries(moments.value)} format={formatRate} />
            <TimeChart title="Stock left" times={times} series={stockSeries(moments.value)} format={formatCompact} isStepped />
            <TimeChart
              title="Orders by state"
              times={times}
              series={orderSeries(moments.value)}
              format={formatCompact}
              isStepped
            />
            <TimeChart title="Orders per second" times={times} series={orderRateSeries(moments.value)} format={formatRate} />
            <DeadlinesAhead frame={moments.value.at(-1)?.sale} payTimeoutSeconds={props.sale.payTimeoutSeconds} />
            <TimeChart
              title="Time to answer, all sales"
              times={frames.value.map(({ at }) => at)}
              series={latencySeries(frames.value)}
              format={formatMs}
            />
            <TimeChart
              title="Waiting for the worker, all sales"
              times={frames.value.map(({ at }) => at)}
              series={queueSeries(frames.value)}
              format={formatCompact}
              isStepped
            />
            <TimeChart
              title="Lag of the worker, all sales"
              times={frames.value.map(({ at }) => at)}
              series={lagSeries(frames.value)}
              format={formatMs}
              isStepped
            />
          </div>
        </>
      );
    };
  },
  { props: ['sale'] },
);

function Tiles({ sale }: { sale: AdminSale }) {
  const frame = latest.value?.sales.find(({ saleId }) => saleId === sale.saleId);
  const stock = sale.items.reduce((sum, item) => sum + item.stock, 0);
  const state = saleStateNow(sale, now.value);
  const until = state === 'UPCOMING' ? Date.parse(sale.startsAt) : Date.parse(sale.endsAt);
  const orders = frame?.orders;
  return (
    <dl class="tiles">
      {state !== 'ENDED' && (
        <Tile label={state === 'UPCOMING' ? 'Starts in' : 'Ends in'} value={formatDuration(until - now.value)} />
      )}
      <Tile label="Left" value={formatCount(allUnitsLeft(sale, latest.value))} note={`of ${formatCount(stock)}`} />
      <Tile label="Winners" value={formatRate(frame?.perSecond['RESERVED'] ?? 0)} />
      <Tile
        label="Awaiting payment"
        value={orders === undefined ? '–' : formatCount(orders.pendingPayment)}
        note={nextDeadline(frame?.deadlines?.next)}
      />
      <Tile label="Paid" value={orders === undefined ? '–' : formatCount(orders.paid)} />
      <Tile label="Cancelled" value={orders === undefined ? '–' : formatCount(orders.cancelled)} note="units back in stock" />
    </dl>
  );
}
Tiles.props = ['sale'];

function nextDeadline(next: string | undefined): string {
  if (next === undefined) return 'no deadline ahead';
  const left = Date.parse(next) - now.value;
  return left > 0 ? `next deadline in ${formatDuration(left)}` : `overdue for ${formatDuration(-left)}`;
}

function Tile({ label, value, note }: { label: string; value: string; note?: string }) {
  return (
    <div class="tile card">
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd class="note">{note}</dd>}
    </div>
  );
}
Tile.props = ['label', 'value', 'note'];
