import { defineComponent, watch } from 'vue';
import type { AdminOrder, RefusedRefund } from '../../shared/api/contract.ts';
import { listRefusedRefunds } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { orderAddress } from '../orders/find-order.tsx';
import { RefusedActions } from '../orders/refused-actions.tsx';
import { formatWhen } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { nameOfProvider } from '../parts/provider-name.ts';
import { Table } from '../parts/table.tsx';
import { useAnnouncement } from '../parts/use-announcement.ts';
import { usePolledList } from '../parts/use-polled.ts';

/** Refunds that wait for an operator. A refund that is tried again may be refused again: then it is another one in the list. */
export const RefusedRefunds = defineComponent(() => {
  const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
    const { refunds, nextCursor } = await listRefusedRefunds(cursor);
    return { rows: refunds, nextCursor };
  });
  const { said, heading, announce } = useAnnouncement();
  watch(() => latest.value?.refusedRefunds, load);

  const changed = (message: string) => void announce(message, load);

  return () => {
    const count = latest.value?.refusedRefunds ?? rows.value?.length;
    return (
      <section class="panel card">
        <header>
          <h2 ref={heading} tabindex={-1}>
            Refused refunds
          </h2>
          {count !== undefined && (
            <span class={['badge', count === 0 ? 'tone-good' : 'tone-bad']}>{count === 0 ? 'None' : count}</span>
          )}
        </header>
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        <p class="hint" role="status">
          {said.value === '' && rows.value?.length === 0 ? 'No provider has refused to give money back.' : said.value}
        </p>
        {rows.value !== undefined && rows.value.length > 0 && (
          <>
            <RefusedTable refunds={rows.value} onChanged={changed} onFailed={load} />
            <p class="hint">
              Remove the reason at the provider, then try again. Or give the buyer the money another way, and say that it is
              settled.
            </p>
          </>
        )}
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older refused refunds
          </button>
        )}
      </section>
    );
  };
});

interface RefusedTableProps {
  refunds: readonly RefusedRefund[];
  onChanged: (message: string) => void;
  onFailed: () => void;
}

function RefusedTable({ refunds, onChanged, onFailed }: RefusedTableProps) {
  return (
    <Table label="Table of refused refunds" texts={['Order', 'Why', 'Provider', 'Since']} numbers={['Amount', 'Action']}>
      {refunds.map((refund) => (
        <tr key={refund.refundId}>
          <td>
            <a href={orderAddress(refund.orderId)} data-inside>
              <code>{refund.orderId}</code>
            </a>
          </td>
          <td>{refund.refusedReason}</td>
          <td>{nameOfProvider(refund.provider)}</td>
          <td class="numbers">{formatWhen(refund.refusedAt)}</td>
          <td class="number">{formatMoney(refund.amountCents, refund.currency, 'en-GB')}</td>
          <td class="number">
            <RefusedActions
              refund={refund}
              onChanged={(_order: AdminOrder, message: string) => onChanged(message)}
              onFailed={onFailed}
            />
          </td>
        </tr>
      ))}
    </Table>
  );
}
RefusedTable.props = ['refunds', 'onChanged', 'onFailed'];
