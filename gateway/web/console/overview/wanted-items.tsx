import { formatRate } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { Table } from '../parts/table.tsx';

/** The most wanted items of this moment. Nothing while there are no attempts to buy. */
export function WantedItems() {
  const wanted = latest.value?.wantedItems ?? [];
  if (wanted.length === 0) return null;
  return (
    <section class="panel card">
      <header>
        <h2>Most wanted items</h2>
        <span class="hint">Orders of a hot item wait for those of other items</span>
      </header>
      <Table label="Table of the most wanted items" texts={['Item']} numbers={['Attempts']}>
        {wanted.map(({ saleId, itemId, title, perSecond, isHot }) => (
          <tr key={itemId}>
            <td>
              <a href={`/console/sales/${saleId}`} data-inside>
                {title}
              </a>{' '}
              {isHot && <span class="badge tone-wait">Hot</span>}
            </td>
            <td class="number">{formatRate(perSecond)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
