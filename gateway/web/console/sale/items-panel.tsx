import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AdminSale } from '../../shared/api/contract.ts';
import { addStock } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { formatCount } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { newRequestId } from '../parts/request-id.ts';
import { Table } from '../parts/table.tsx';
import { unitsLeft } from '../parts/units-left.ts';

type AdminItem = AdminSale['items'][number];

/** Items with their stock, and a way to add to it. */
export function ItemsPanel({ sale, onChanged }: { sale: AdminSale; onChanged: () => void }) {
  const canAdd = sale.status === 'PUBLISHED' || sale.status === 'PAUSED';
  return (
    <section class="panel card">
      <header>
        <h2>Items</h2>
      </header>
      <Table
        label="Table of items"
        texts={['Item']}
        numbers={['Price', 'Left', 'Stock', 'Limit per buyer', ...(canAdd ? ['Add units'] : [])]}
      >
        {sale.items.map((item) => (
          <tr key={item.itemId}>
            <td>{item.title}</td>
            <td class="number">{formatMoney(item.priceCents, item.currency, 'en-GB')}</td>
            <td class="number">{formatCount(unitsLeft(sale, item, latest.value))}</td>
            <td class="number">{formatCount(item.stock)}</td>
            <td class="number">{formatCount(item.limitPerUser)}</td>
            {canAdd && (
              <td class="number">
                <AddStock saleId={sale.saleId} item={item} onAdded={onChanged} />
              </td>
            )}
          </tr>
        ))}
      </Table>
    </section>
  );
}
ItemsPanel.props = ['sale', 'onChanged'];

const AddStock = defineComponent(
  (props: { saleId: string; item: AdminItem; onAdded: () => void }) => {
    const units = shallowRef('');
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);
    // Stays the same until the request succeeds, so that a retry after a lost answer does not add twice.
    let requestId = newRequestId();

    async function submit(event: Event): Promise<void> {
      event.preventDefault();
      isBusy.value = true;
      problem.value = undefined;
      try {
        await addStock(props.saleId, props.item.itemId, Number(units.value), requestId);
        units.value = '';
        requestId = newRequestId();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
        props.onAdded();
      }
    }

    return () => (
      <>
        <form class="add-stock" onSubmit={submit}>
          <input
            type="number"
            min={1}
            max={10_000_000}
            step={1}
            required
            aria-label={`Units to add to ${props.item.title}`}
            value={units.value}
            onInput={(event: Event) => {
              const next = (event.target as HTMLInputElement).value;
              // Another number is another request.
              if (next !== units.value) requestId = newRequestId();
              units.value = next;
            }}
          />
          <button type="submit" class="button button--small" disabled={isBusy.value}>
            Add
          </button>
        </form>
        {problem.value !== undefined && (
          <p class="fault" role="alert">
            {problem.value.message}
          </p>
        )}
      </>
    );
  },
  { props: ['saleId', 'item', 'onAdded'] },
);
