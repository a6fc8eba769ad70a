import { computed, onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import { signOutOperator } from '../../shared/session/operator-session.ts';

const POLL_MS = 5_000;

export interface Polled<Value> {
  value: ShallowRef<Value | undefined>;
  problem: ShallowRef<ApiProblem | undefined>;
  load: () => void;
  /** Shows what a command has answered. A read that began before it is ignored. */
  show: (value: Value) => void;
}

/** Reads repeatedly, by default every five seconds. The stream has newer figures than the last read. */
export function usePolled<Value>(
  read: () => Promise<Value>,
  pauseMs: (value: Value | undefined) => number = () => POLL_MS,
): Polled<Value> {
  const value = shallowRef<Value>();
  const problem = shallowRef<ApiProblem>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  function begin(): number {
    clearTimeout(timer);
    turn += 1;
    return turn;
  }
  function show(next: Value): void {
    begin();
    value.value = next;
    problem.value = undefined;
    timer = setTimeout(() => void load(), pauseMs(next));
  }
  async function load(): Promise<void> {
    const mine = begin();
    try {
      const next = await read();
      if (mine === turn) show(next);
    } catch (error) {
      if (mine !== turn) return;
      problem.value = asProblem(error);
      if (problem.value.code === 'UNAUTHENTICATED') signOutOperator();
      timer = setTimeout(() => void load(), pauseMs(value.value));
    }
  }

  onScopeDispose(begin);
  void load();
  return { value, problem, load: () => void load(), show };
}

interface Page<Row> {
  rows: readonly Row[];
  nextCursor?: string | undefined;
}

/** A list, as many pages of it as the operator has asked for. */
export function usePolledList<Row>(readPage: (cursor: string | undefined) => Promise<Page<Row>>) {
  let pages = 1;
  const { value, problem, load } = usePolled(() => readPages(readPage, pages));
  return {
    rows: computed(() => value.value?.rows),
    hasMore: computed(() => value.value?.nextCursor !== undefined),
    problem,
    load,
    loadMore: () => {
      pages += 1;
      load();
    },
  };
}

async function readPages<Row>(readPage: (cursor: string | undefined) => Promise<Page<Row>>, most: number): Promise<Page<Row>> {
  const rows: Row[] = [];
  let nextCursor: string | undefined;
  for (let page = 0; page === 0 || (page < most && nextCursor !== undefined); page += 1) {
    const read = await readPage(nextCursor);
    rows.push(...read.rows);
    nextCursor = read.nextCursor;
  }
  return { rows, nextCursor };
}
