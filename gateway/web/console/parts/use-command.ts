import { type ShallowRef, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';

/** A command under way, for a button that waits for it, and the problem of the last try. `onFailed`: its outcome may be unknown. */
export function useCommand(onFailed: () => void): {
  isBusy: ShallowRef<boolean>;
  problem: ShallowRef<ApiProblem | undefined>;
  run: (command: () => Promise<void>) => Promise<void>;
} {
  const isBusy = shallowRef(false);
  const problem = shallowRef<ApiProblem>();

  async function run(command: () => Promise<void>): Promise<void> {
    isBusy.value = true;
    problem.value = undefined;
    try {
      await command();
    } catch (error) {
      problem.value = asProblem(error);
      onFailed();
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, problem, run };
}
