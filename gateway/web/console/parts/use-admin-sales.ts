import { onScopeDispose, shallowRef } from 'vue';
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

export function useAdminSales() {
  const { value, ...rest } = usePolled(async (): Promise<readonly AdminSale[]> => (await listSales()).sales);
  return { sales: value, ...rest };
}

export function useAdminSale(saleId: string) {
  const { value, ...rest } = usePolled(() => readSale(saleId));
  return { sale: value, ...rest };
}
