import { defineComponent, shallowRef } from 'vue';
import { go } from '../../shared/ui/router.ts';

/** A UUID of version 7, as every order number is. */
const ORDER_NUMBER = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const isOrderNumber = (text: string): boolean => ORDER_NUMBER.test(text.toLowerCase());
export const buyerAddress = (userId: string): string => `/console/buyers/${encodeURIComponent(userId)}`;
export const orderAddress = (orderId: string): string => `/console/orders/${orderId}`;

/** Finds an order by its number, or the orders of a buyer. */
export const FindOrder = defineComponent(() => {
  const text = shallowRef('');

  function find(event: Event): void {
    event.preventDefault();
    const wanted = text.value.trim();
    if (wanted === '') return;
    go(isOrderNumber(wanted) ? orderAddress(wanted.toLowerCase()) : buyerAddress(wanted));
  }

  return () => (
    <search>
      <form class="find-order" onSubmit={find}>
        <div class="field">
          <label for="find-order">Order number, or the user id of a buyer</label>
          <input
            id="find-order"
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            required
            value={text.value}
            onInput={(event: Event) => {
              text.value = (event.target as HTMLInputElement).value;
            }}
          />
        </div>
        <button type="submit" class="button">
          Find
        </button>
      </form>
    </search>
  );
});
