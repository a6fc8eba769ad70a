import type { AdminSale, SaleFrame } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { formatDuration } from '../../shared/format/duration.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { Meter } from '../../shared/ui/meter.tsx';
import { formatCount, formatRate, formatWhen } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { SaleBadge } from '../parts/sale-badge.tsx';
import { Table } from '../parts/table.tsx';
import { allUnitsLeft } from '../parts/units-left.ts';

/** Live sales first, then upcoming ones, drafts, and finished ones. */
const ORDER = { LIVE: 0, PAUSED: 0, UPCOMING: 1, DRAFT: 2, ENDED: 3 } as const;

export function SalesTable({ sales }: { sales: readonly AdminSale[] | undefined }) {
  if (sales === undefined) return <div class="skeleton" style={{ height: '10rem' }} />;
  if (sales.length === 0) {
    return (
      <div class="empty">
        <h2>No sales yet</h2>
        <p>Create one. It stays a draft that buyers cannot see until you publish it.</p>
        <a class="button button--act" href="/console/new" data-inside>
          New sale
        </a>
      </div>
    );
  }
  const rank = (sale: AdminSale) => ORDER[saleStateNow(sale, now.value)];
  const sorted = [...sales].sort((a, b) => rank(a) - rank(b) || Date.parse(b.startsAt) - Date.parse(a.startsAt));
  return (
    <section class="panel card sales-table" aria-label="Sales">
      <Table label="Table of sales" texts={['Sale', 'State', 'When', 'Units']} numbers={['Answers', 'Awaiting payment', 'Paid']}>
        {sorted.map((sale) => (
          <SaleRow key={sale.saleId} sale={sale} frame={latest.value?.sales.find(({ saleId }) => saleId === sale.saleId)} />
        ))}
      </Table>
    </section>
  );
}
SalesTable.props = ['sales'];

function SaleRow({ sale, frame }: { sale: AdminSale; frame: SaleFrame | undefined }) {
  const stock = sale.items.reduce((sum, item) => sum + item.stock, 0);
  const left = allUnitsLeft(sale, latest.value);
  const answers = Object.entries(frame?.perSecond ?? {}).reduce((sum, [name, value]) => sum + (name === 'TOKENS' ? 0 : value), 0);
  return (
    <tr>
      <td>
        <a href={`/console/sales/${sale.saleId}`} data-inside>
          {sale.title}
        </a>
      </td>
      <td>
        <SaleBadge sale={sale} />
      </td>
      <td class="numbers">{whenOf(sale)}</td>
      <td class="numbers">
        {formatCount(left)} of {formatCount(stock)} left
        <Meter value={left} max={stock} />
      </td>
      <td class="number">{frame === undefined ? '–' : formatRate(answers)}</td>
      <td class="number">{frame?.orders === undefined ? '–' : formatCount(frame.orders.pendingPayment)}</td>
      <td class="number">{frame?.orders === undefined ? '–' : formatCount(frame.orders.paid)}</td>
    </tr>
  );
}
SaleRow.props = ['sale', 'frame'];

function whenOf(sale: AdminSale): string {
  const state = saleStateNow(sale, now.value);
  if (state === 'UPCOMING') return `starts in ${formatDuration(Date.parse(sale.startsAt) - now.value)}`;
  if (state === 'LIVE' || state === 'PAUSED') return `ends in ${formatDuration(Date.parse(sale.endsAt) - now.value)}`;
  return formatWhen(sale.startsAt);
}
