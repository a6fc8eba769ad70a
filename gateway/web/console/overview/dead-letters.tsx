import { computed, defineComponent, shallowRef, watch } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { DeadLetter } from '../../shared/api/contract.ts';
import { listDeadLetters } from '../../shared/api/operator-api.ts';
import { formatWhen } from '../parts/numbers.ts';
import { latest } from '../parts/operator-stream.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';

/** Messages that could not be handled. Read again whenever their number changes. */
export const DeadLetters = defineComponent(() => {
  const letters = shallowRef<readonly DeadLetter[]>();
  const next = shallowRef<string>();
  const problem = shallowRef<ApiProblem>();
  const count = computed(() => latest.value?.deadLetters ?? undefined);

  async function load(from?: string): Promise<void> {
    try {
      const { deadLetters, nextCursor } = await listDeadLetters(from);
      letters.value = from === undefined ? deadLetters : [...(letters.value ?? []), ...deadLetters];
      next.value = nextCursor;
      problem.value = undefined;
    } catch (error) {
      problem.value = asProblem(error);
    }
  }
  watch(count, (now) => now !== undefined && void load(), { immediate: true });

  return () => (
    <section class="panel card">
      <header>
        <h2>Dead letters</h2>
        {count.value !== undefined && (
          <span class={['badge', count.value === 0 ? 'tone-good' : 'tone-bad']}>{count.value === 0 ? 'None' : count.value}</span>
        )}
      </header>
      {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={() => load()} />}
      {letters.value?.length === 0 && next.value === undefined && <p class="hint">No dead letters: every message was handled.</p>}
      {letters.value !== undefined && (letters.value.length > 0 || next.value !== undefined) && (
        <>
          <LetterTable letters={letters.value} />
          {next.value !== undefined && (
            <button type="button" class="button" onClick={() => load(next.value)}>
              Show older dead letters
            </button>
          )}
          <p class="hint">
            <code>npm run dead-letters</code> shows their content, replays one once its cause is fixed, or discards it.
          </p>
        </>
      )}
    </section>
  );
});

function LetterTable({ letters }: { letters: readonly DeadLetter[] }) {
  return (
    <Table label="Table of dead letters" texts={['Died', 'Consumer', 'Why']} numbers={['Tries']}>
      {letters.map(({ seq, diedAt, consumer, subject, reason, deliveries }) => (
        <tr key={seq}>
          <td class="numbers">{formatWhen(diedAt)}</td>
          <td>
            <code>{consumer}</code>
          </td>
          <td>
            {reason} <span class="hint mono">{subject}</span>
          </td>
          <td class="number">{deliveries}</td>
        </tr>
      ))}
    </Table>
  );
}
LetterTable.props = ['letters'];
