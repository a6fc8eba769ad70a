import { defineComponent, reactive, shallowRef, watch } from 'vue';
import { type DeliveryState, type ListedDelivery, listDeliveries, replayDeliveries } from '../../shared/api/webhooks-api.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePolledList } from '../parts/use-polled.ts';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { DELIVERY_WORDS, isoOf } from './webhook-words.ts';

interface Filter {
  state: DeliveryState | '';
  /** Of `datetime-local`, in the operator's time zone. */
  from: string;
  to: string;
}

/** The delivery log of an endpoint, with filters, detail and replay. */
export const DeliveriesPanel = defineComponent(
  (props: { webhookId: string; changes: number; onChanged: () => void }) => {
    const filter = reactive<Filter>({ state: '', from: '', to: '' });
    const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
      const { state, from, to } = filter;
      const wanted = { state: state === '' ? undefined : state, from: isoOf(from), to: isoOf(to) };
      const { deliveries, nextCursor } = await listDeliveries(props.webhookId, wanted, cursor);
      return { rows: deliveries, nextCursor };
    });
    const open = shallowRef<string>();
    const said = shallowRef('');
    const replaying = useCommand(load);
    watch([filter, () => props.changes], load);

    const replayRange = () =>
      replaying.run(async () => {
        const times = { from: isoOf(filter.from), to: isoOf(filter.to) };
        const known = { ...(times.from && { from: times.from }), ...(times.to && { to: times.to }) };
        const { replayed } = await replayDeliveries(props.webhookId, { ...known, failedOnly: false });
        said.value = `${formatCount(replayed)} ${replayed === 1 ? 'delivery is' : 'deliveries are'} sent again.`;
        props.onChanged();
      });
    return () => (
      <section class="panel card">
        <header>
          <h2>Deliveries</h2>
        </header>
        <Filters filter={filter} isBusy={replaying.isBusy.value} onReplay={replayRange} />
        {[problem.value, replaying.problem.value].map(
          (each) => each !== undefined && <ProblemNotice problem={each} onRetry={load} />,
        )}
        <p class="hint" role="status">
          {said.value === '' && rows.value?.length === 0 ? 'No deliveries.' : said.value}
        </p>
        {rows.value !== undefined && rows.value.length > 0 && (
          <DeliveriesTable deliveries={rows.value} onOpen={(deliveryId: string) => (open.value = deliveryId)} />
        )}
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older deliveries
          </button>
        )}
        {open.value !== undefined && (
          <DeliveryDialog
            webhookId={props.webhookId}
            deliveryId={open.value}
            onChanged={props.onChanged}
            onClose={() => (open.value = undefined)}
          />
        )}
      </section>
    );
  },
  { props: ['webhookId', 'changes', 'onChanged'] },
);

function Filters({ filter, isBusy, onReplay }: { filter: Filter; isBusy: boolean; onReplay: () => void }) {
  const time = (key: 'from' | 'to', label: string) => (
    <div class="field">
      <label for={`deliveries-${key}`}>{label}</label>
      <input
        id={`deliveries-${key}`}
        type="datetime-local"
        value={filter[key]}
        onChange={(event: Event) => {
          filter[key] = (event.target as HTMLInputElement).value;
        }}
      />
    </div>
  );
  return (
    <div class="delivery-filters">
      <div class="field">
        <label for="deliveries-state">State</label>
        <select
          id="deliveries-state"
          value={filter.state}
          onChange={(event: Event) => {
            filter.state = (event.target as HTMLSelectElement).value as Filter['state'];
          }}
        >
          <option value="">All</option>
          {Object.entries(DELIVERY_WORDS).map(([state, { text }]) => (
            <option value={state}>{text}</option>
          ))}
        </select>
      </div>
      {time('from', 'From')}
      {time('to', 'To')}
      {filter.from !== '' && (
        <button type="button" class="button" disabled={isBusy} onClick={onReplay}>
          Send these times again
        </button>
      )}
    </div>
  );
}
Filters.props = ['filter', 'isBusy', 'onReplay'];

interface DeliveriesTableProps {
  deliveries: readonly ListedDelivery[];
  onOpen: (deliveryId: string) => void;
}

function DeliveriesTable({ deliveries, onOpen }: DeliveriesTableProps) {
  return (
    <Table label="Table of deliveries" texts={['Event', 'State', 'Created', 'Last answer']} numbers={['Attempts', 'Detail']}>
      {deliveries.map((delivery) => (
        <tr key={delivery.deliveryId}>
          <td>
            <code>{delivery.event}</code>
          </td>
          <td>
            <span class={['badge', DELIVERY_WORDS[delivery.state].tone]}>{DELIVERY_WORDS[delivery.state].text}</span>
          </td>
          <td class="numbers">{formatWhen(delivery.createdAt)}</td>
          <td class="answer">{delivery.lastError ?? delivery.lastStatus ?? '–'}</td>
          <td class="number">{delivery.attempts}</td>
          <td class="number">
            <button
              type="button"
              class="button button--small"
              aria-label={`Show ${delivery.eventId}`}
              onClick={() => onOpen(delivery.deliveryId)}
            >
              Show
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
DeliveriesTable.props = ['deliveries', 'onOpen'];
