import './report.css';
import { defineComponent, onScopeDispose, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AuditReport, Job, SaleReport } from '../../shared/api/contract.ts';
import { auditSale, reportSale } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { AuditResult } from '../audit/audit-panel.tsx';
import { TimeChart } from '../charts/time-chart.tsx';
import { JobMeter } from '../jobs/job-meter.tsx';
import { formatCompact, formatCount, formatMs, formatShare, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { Funnel } from './funnel.tsx';
import { saveReportCsv, saveReportJson } from './save-report.ts';

/** The result of a sale: figures to send to people who did not watch it. */
export const ReportView = defineComponent(
  (props: { saleId: string }) => {
    const report = shallowRef<SaleReport>();
    const audit = shallowRef<AuditReport>();
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);
    const job = shallowRef<Job>();
    const leaving = new AbortController();
    onScopeDispose(() => leaving.abort());
    const following = { signal: leaving.signal, onProgress: (next: Job) => (job.value = next) };

    async function load(): Promise<void> {
      isBusy.value = true;
      problem.value = undefined;
      try {
        report.value = await reportSale(props.saleId, following);
        audit.value = await auditSale(props.saleId, following);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
        job.value = undefined;
      }
    }
    void load();

    return () => (
      <div class="report" aria-busy={isBusy.value}>
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={() => void load()} />}
        {job.value !== undefined && <JobMeter job={job.value} />}
        {report.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '20rem' }} />}
        {report.value !== undefined && (
          <>
            <Headline report={report.value} />
            <div class="report-head">
              <p class="facts numbers">
                {report.value.closedAt !== undefined ? <span>Closed early, {formatWhen(report.value.closedAt)}</span> : null}
                <span>As of {formatWhen(report.value.madeAt)}</span>
                {report.value.orders.pendingPayment === 0 ? null : (
                  <span>{formatCount(report.value.orders.pendingPayment)} orders still await payment</span>
                )}
              </p>
              <div class="actions">
                <button type="button" class="button button--small" onClick={() => report.value && saveReportCsv(report.value)}>
                  Download CSV
                </button>
                <button
                  type="button"
                  class="button button--small"
                  onClick={() => report.value && saveReportJson(report.value, audit.value)}
                >
                  Download JSON
                </button>
                <button type="button" class="button button--small" disabled={isBusy.value} onClick={() => void load()}>
                  {isBusy.value ? 'Counting…' : 'Count again'}
                </button>
                <button type="button" class="button button--small" onClick={() => print()}>
                  Print
                </button>
              </div>
            </div>
            <Funnel report={report.value} />
            <SellThrough report={report.value} />
            <ItemTable report={report.value} />
            {audit.value !== undefined && (
              <section class="panel card">
                <header>
                  <h2>Audit</h2>
                  <span class={['badge', audit.value.holds ? 'tone-good' : 'tone-bad']}>
                    {audit.value.holds ? 'Everything adds up' : 'It does not add up'}
                  </span>
                </header>
                <AuditResult report={audit.value} madeAt={formatWhen(report.value.madeAt)} />
              </section>
            )}
          </>
        )}
      </div>
    );
  },
  { props: ['saleId'] },
);

function Headline({ report }: { report: SaleReport }) {
  const { items, orders, revenue, funnel, winToOrderMs, orderToPaidMs } = report;
  const sum = (pick: (item: SaleReport['items'][number]) => number) => items.reduce((total, item) => total + pick(item), 0);
  const stock = sum((item) => item.stock);
  const paid = sum((item) => item.paid);
  const money = revenue.map(({ currency, cents }) => formatMoney(cents, currency, 'en-GB')).join(' + ');
  const tiles: [string, string, string][] = [
    ['Revenue', money, `${formatCount(orders.paid)} paid orders`],
    ['Sold and paid', formatShare(stock === 0 ? 0 : paid / stock), `${formatCount(paid)} of ${formatCount(stock)} units`],
    [
      'Orders paid',
      formatShare(funnel.ordered === 0 ? 0 : funnel.paid / funnel.ordered),
      `${formatCount(orders.cancelled + orders.refunded)} were not`,
    ],
    [
      'Returned and resold',
      formatCount(sum((item) => item.resold)),
      `of ${formatCount(sum((item) => item.returned))} units that came back`,
    ],
    [
      'From win to order',
      winToOrderMs === null ? '–' : formatMs(winToOrderMs.p50),
      winToOrderMs === null ? 'no wins' : `p99 ${formatMs(winToOrderMs.p99)}, longest ${formatMs(winToOrderMs.max)}`,
    ],
    [
      'From order to payment',
      orderToPaidMs === null ? '–' : formatMs(orderToPaidMs.p50),
      orderToPaidMs === null ? 'no payments' : `p95 ${formatMs(orderToPaidMs.p95)}`,
    ],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([label, value, note]) => (
        <div class="tile card">
          <dt>{label}</dt>
          <dd>{value}</dd>
          <dd class="note">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
Headline.props = ['report'];

function SellThrough({ report }: { report: SaleReport }) {
  const { sellThrough } = report;
  const line = (key: 'won' | 'paid' | 'returned', label: string, colour: string) => ({
    key,
    label,
    colour,
    values: sellThrough.map((moment) => moment[key]),
  });
  return (
    <TimeChart
      title="Sell-through: units over time"
      times={sellThrough.map(({ at }) => Date.parse(at))}
      series={[line('won', 'Won', '--c-early'), line('paid', 'Paid', '--c-won'), line('returned', 'Returned', '--c-sold-out')]}
      format={formatCompact}
      isStepped
      empty="No purchases"
      leastSpanMs={1_000}
    />
  );
}
SellThrough.props = ['report'];

function ItemTable({ report }: { report: SaleReport }) {
  return (
    <section class="panel card">
      <header>
        <h2>Items</h2>
        <span class="hint">In units</span>
      </header>
      <Table
        label="Table of items"
        texts={['Item']}
        numbers={['Stock', 'Won', 'Paid', 'Awaiting payment', 'Returned', 'Resold', 'Revenue']}
      >
        {report.items.map((item) => (
          <tr key={item.itemId}>
            <td>{item.title}</td>
            {[item.stock, item.won, item.paid, item.pending, item.returned, item.resold].map((units) => (
              <td class="number">{formatCount(units)}</td>
            ))}
            <td class="number">{formatMoney(item.revenueCents, item.currency, 'en-GB')}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
ItemTable.props = ['report'];
