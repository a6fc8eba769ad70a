import { onScopeDispose, shallowRef, watch } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { listOrders } from '../shared/api/buyer-api.ts';
import type { Order } from '../shared/api/contract.ts';
import { session, signOut } from '../shared/session/session.ts';

const POLL_MS = 4_000;

/** The signed-in buyer's orders, newest first. Polled while an order waits for payment. */
export function useOrders() {
  const orders = shallowRef<Order[]>();
  const problem = shallowRef<ApiProblem>();
  const hasMore = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function load(): Promise<void> {
    clearTimeout(timer);
    if (session.value === undefined) return;
    try {
      const { orders: newest, nextCursor } = await listOrders();
      const older = orders.value?.filter(({ orderId }) => nextCursor !== undefined && orderId < nextCursor) ?? [];
      if (older.length === 0) hasMore.value = nextCursor !== undefined;
      orders.value = [...newest, ...older];
      problem.value = undefined;
    } catch (error) {
      problem.value = asProblem(error);
      if (problem.value.code === 'UNAUTHENTICATED') signOut();
    }
    if (!ended && (problem.value !== undefined || orders.value?.some(({ status }) => status === 'PENDING_PAYMENT'))) {
      timer = setTimeout(loadNow, POLL_MS);
    }
  }

  async function loadMore(): Promise<void> {
    const last = orders.value?.at(-1);
    if (last === undefined) return;
    try {
      const { orders: older, nextCursor } = await listOrders(last.orderId);
      orders.value = [...(orders.value ?? []), ...older];
      hasMore.value = nextCursor !== undefined;
    } catch (error) {
      problem.value = asProblem(error);
    }
  }

  function loadNow(): void {
    if (document.visibilityState === 'visible') void load();
  }

  watch(session, () => {
    orders.value = undefined;
    loadNow();
  });
  document.addEventListener('visibilitychange', loadNow);
  onScopeDispose(() => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', loadNow);
  });
  loadNow();
  return { orders, problem, hasMore, load: loadNow, loadMore: () => void loadMore() };
}
