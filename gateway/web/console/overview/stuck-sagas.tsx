import { defineComponent, watch } from 'vue';
import { listStuckSagas } from '../../shared/api/operator-api.ts';
import { orderAddress } from '../orders/find-order.tsx';
import { nameOfStep } from '../orders/saga-words.ts';
import { formatWhen } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { Table } from '../parts/table.tsx';
import { usePolledList } from '../parts/use-polled.ts';

/** Sagas with a step that fails; the order's page has what an operator can do. Nothing while there are none: a shop may have no sagas. */
export const StuckSagas = defineComponent(() => {
  const { rows, hasMore, load, loadMore } = usePolledList(async (cursor) => {
    const { sagas, nextCursor } = await listStuckSagas(cursor);
    return { rows: sagas, nextCursor };
  });
  watch(() => latest.value?.stuckSagas, load);

  return () => {
    const stuck = rows.value ?? [];
    if (stuck.length === 0) return null;
    return (
      <section class="panel card">
        <header>
          <h2>Stuck sagas</h2>
          <span class="badge tone-bad">{latest.value?.stuckSagas ?? stuck.length}</span>
        </header>
        <Table label="Table of stuck sagas" texts={['Order', 'Step', 'Why', 'Since']} numbers={[]}>
          {stuck.map((saga) => (
            <tr key={saga.orderId}>
              <td>
                <a href={orderAddress(saga.orderId)} data-inside>
                  <code>{saga.orderId}</code>
                </a>
              </td>
              <td>
                {nameOfStep(saga.step)}
                {saga.state === 'COMPENSATING' && ' (undo)'}
              </td>
              <td>{saga.lastError}</td>
              <td class="numbers">{formatWhen(saga.stuckSince)}</td>
            </tr>
          ))}
        </Table>
        <p class="hint">
          They are tried every ten minutes. Remove the reason, or open the order to skip the step or to turn back.
        </p>
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older stuck sagas
          </button>
        )}
      </section>
    );
  };
});
