import { computed, onScopeDispose, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AdminSale } from '../../shared/api/contract.ts';
import { listSales, readSale } from '../../shared/api/operator-api.ts';
import { signOutOperator } from '../../shared/session/operator-session.ts';

const POLL_MS = 5_000;

/** Reads repeatedly. The stream has newer figures than the last read. */
function usePolled<Value>(read: () => Promise<Value>) {
  const value = shallowRef<Value>();
  const problem = shallowRef<ApiProblem>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function load(): Promise<void> {
    clearTimeout(timer);
    try {
      value.value = await read();
      problem.value = undefined;
    } catch (error) {
      problem.value = asProblem(error);
      if (problem.value.code === 'UNAUTHENTICATED') signOutOperator();
    }
    if (!ended) timer = setTimeout(() => void load(), POLL_MS);
  }

  onScopeDispose(() => {
    ended = true;
    clearTimeout(timer);
  });
  void load();
  return { value, problem, load: () => void load() };
}

/** All sales, newest first, as many pages of them as the operator has asked for. */
export function useAdminSales() {
  let pages = 1;
  const { value, problem, load } = usePolled(() => readPages(pages));
  return {
    sales: computed(() => value.value?.sales),
    hasMore: computed(() => value.value?.hasMore === true),
    problem,
    load,
    loadMore: () => {
      pages += 1;
      load();
    },
  };
}

async function readPages(pages: number): Promise<{ sales: readonly AdminSale[]; hasMore: boolean }> {
  const sales: AdminSale[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || (page < pages && cursor !== undefined); page += 1) {
    const listed = await listSales(cursor);
    sales.push(...listed.sales);
    cursor = listed.nextCursor;
  }
  return { sales, hasMore: cursor !== undefined };
}

export function useAdminSale(saleId: string) {
  const { value, ...rest } = usePolled(() => readSale(saleId));
  return { sale: value, ...rest };
}
