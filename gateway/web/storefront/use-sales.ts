import { onScopeDispose, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { listSales } from '../shared/api/buyer-api.ts';
import type { Sale } from '../shared/api/contract.ts';
import { renewNow, serverClock } from '../shared/clock/now.ts';

const POLL_MS = 10_000;

/** All published sales. */
export function useSales() {
  const sales = shallowRef<Sale[]>();
  const problem = shallowRef<ApiProblem>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    clearTimeout(timer);
    const mark = serverClock.mark();
    try {
      const answer = await listSales();
      serverClock.learn(answer.serverTime, mark);
      if (sales.value === undefined) renewNow();
      sales.value = answer.sales;
      problem.value = undefined;
    } catch (error) {
      problem.value = asProblem(error);
    }
    timer = setTimeout(loadNow, POLL_MS * (0.8 + Math.random() * 0.4));
  }

  function loadNow(): void {
    if (document.visibilityState === 'visible') void load();
  }

  document.addEventListener('visibilitychange', loadNow);
  onScopeDispose(() => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', loadNow);
  });
  loadNow();
  return { sales, problem, loadNow };
}
