import { onScopeDispose, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { readSale } from '../shared/api/buyer-api.ts';
import type { Sale } from '../shared/api/contract.ts';
import { renewNow, serverClock } from '../shared/clock/now.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';

/** Long enough for a hundred thousand open pages, and short enough to be current. A cache in front may keep an answer for a second. */
function pollMs(sale: Sale | undefined): number {
  if (sale === undefined) return 3_000;
  const now = serverClock.now();
  const state = saleStateNow(sale, now);
  if (state === 'LIVE' || state === 'PAUSED') return 2_000;
  return state === 'UPCOMING' && Date.parse(sale.startsAt) - now < 60_000 ? 5_000 : 15_000;
}

/** A sale, polled while the page is visible. Every answer also sets the page's clock. */
export function useSale(saleId: string) {
  const sale = shallowRef<Sale>();
  const problem = shallowRef<ApiProblem>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function load(): Promise<void> {
    clearTimeout(timer);
    const mark = serverClock.mark();
    try {
      const answer = await readSale(saleId);
      serverClock.learn(answer.serverTime, mark);
      if (sale.value === undefined) renewNow();
      sale.value = answer;
      problem.value = undefined;
    } catch (error) {
      problem.value = asProblem(error);
    }
    if (!ended && document.visibilityState === 'visible') {
      const wait = problem.value?.retryAfterMs ?? pollMs(sale.value);
      timer = setTimeout(() => void load(), wait * (0.8 + Math.random() * 0.4));
    }
  }

  function visibilityChanged(): void {
    if (document.visibilityState !== 'visible') return;
    serverClock.forget();
    void load();
  }

  const loadNow = () => void load();
  document.addEventListener('visibilitychange', visibilityChanged);
  addEventListener('online', loadNow);
  onScopeDispose(() => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', visibilityChanged);
    removeEventListener('online', loadNow);
  });
  loadNow();
  return { sale, problem, loadNow };
}
