import { defineComponent, shallowRef } from 'vue';
import { useAdminSales } from '../parts/use-admin-sales.ts';
import type { OrderFilter } from './order-filter.ts';
import { ORDER_NAMES } from './order-words.ts';

interface OrderSearchProps {
  filter: OrderFilter;
  onSearch: (filter: OrderFilter) => void;
}

/** A choice takes effect at once, a text when it is sent. */
export const OrderSearch = defineComponent(
  (props: OrderSearchProps) => {
    const text = shallowRef(props.filter.q);
    const { sales } = useAdminSales();
    const search = (change: Partial<OrderFilter> = {}) => props.onSearch({ ...props.filter, q: text.value.trim(), ...change });
    const chosen = (event: Event) => (event.target as HTMLSelectElement).value;

    return () => (
      <search>
        <form
          class="find-order"
          onSubmit={(event: Event) => {
            event.preventDefault();
            search();
          }}
        >
          <div class="field">
            <label for="find-order">Order number, user id, or words of a title</label>
            <input
              id="find-order"
              type="search"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxlength={255}
              value={text.value}
              onInput={(event: Event) => {
                text.value = (event.target as HTMLInputElement).value;
              }}
            />
          </div>
          <div class="field">
            <label for="find-status">State</label>
            <select
              id="find-status"
              value={props.filter.status}
              onChange={(event: Event) => search({ status: chosen(event) as OrderFilter['status'] })}
            >
              <option value="">Any</option>
              {Object.entries(ORDER_NAMES).map(([status, name]) => (
                <option value={status}>{name}</option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="find-sale">Sale</label>
            <select id="find-sale" value={props.filter.saleId} onChange={(event: Event) => search({ saleId: chosen(event) })}>
              <option value="">All sales</option>
              {sales.value?.map(({ saleId, title }) => (
                <option value={saleId}>{title}</option>
              ))}
            </select>
          </div>
          <button type="submit" class="button">
            Find
          </button>
        </form>
      </search>
    );
  },
  { props: ['filter', 'onSearch'] },
);
