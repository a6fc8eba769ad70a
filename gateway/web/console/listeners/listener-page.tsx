import './listeners.css';
import { defineComponent, shallowRef } from 'vue';
import { discardTask, listTasks, retryTask, retryTasks, type Task, type TaskState } from '../../shared/api/listeners-api.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePolledList } from '../parts/use-polled.ts';

const STATES: readonly (readonly [TaskState, string])[] = [
  ['DEAD', 'Given up'],
  ['WAITING', 'To do'],
  ['DONE', 'Done'],
];

/** What a listener has given up, has to do, and has done. */
export const ListenerPage = defineComponent(
  ({ listener }: { listener: string }) => {
    const state = shallowRef<TaskState>('DEAD');
    const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
      const { tasks, nextCursor } = await listTasks(listener, state.value, cursor);
      return { rows: tasks, nextCursor };
    });
    const said = shallowRef('');
    const command = useCommand(load);
    document.title = `${listener} · Seckill console`;

    const run = (work: () => Promise<string>) =>
      command.run(async () => {
        said.value = '';
        said.value = await work();
        load();
      });
    const retryAll = () =>
      run(async () => {
        const { retried } = await retryTasks(listener);
        return `${formatCount(retried)} ${retried === 1 ? 'event is' : 'events are'} tried again.`;
      });
    const show = (next: TaskState) => {
      state.value = next;
      load();
    };
    return () => (
      <div class="stack">
        <div class="page-head">
          <h1>
            <a href="/console/listeners" data-inside>
              Listeners
            </a>{' '}
            / {listener}
          </h1>
          <button type="button" class="button" disabled={command.isBusy.value} onClick={retryAll}>
            Try all again
          </button>
        </div>
        {said.value !== '' && <p role="status">{said.value}</p>}
        {command.problem.value !== undefined && <ProblemNotice problem={command.problem.value} />}
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        <section class="panel card" aria-label="Events">
          <div class="states">
            {STATES.map(([value, label]) => (
              <button type="button" class="button" aria-pressed={state.value === value} onClick={() => show(value)}>
                {label}
              </button>
            ))}
          </div>
          {rows.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />}
          {rows.value?.length === 0 && <p class="hint">None.</p>}
          {rows.value !== undefined && rows.value.length > 0 && (
            <TaskTable
              tasks={rows.value}
              isBusy={command.isBusy.value}
              onRetry={({ taskId }: Task) => run(async () => retryTask(listener, taskId).then(() => 'It is tried again.'))}
              onDiscard={({ taskId }: Task) => run(async () => discardTask(listener, taskId).then(() => 'It is discarded.'))}
            />
          )}
          {hasMore.value && (
            <button type="button" class="button" onClick={loadMore}>
              Show older ones
            </button>
          )}
        </section>
      </div>
    );
  },
  { props: ['listener'] },
);

interface TaskTableProps {
  tasks: readonly Task[];
  isBusy: boolean;
  onRetry: (task: Task) => void;
  onDiscard: (task: Task) => void;
}

function TaskTable({ tasks, isBusy, onRetry, onDiscard }: TaskTableProps) {
  return (
    <Table label="Table of events" texts={['Came', 'Event', 'Last attempt', '']} numbers={['Tries']}>
      {tasks.map((task) => (
        <tr key={task.taskId}>
          <td class="numbers">{formatWhen(task.createdAt)}</td>
          <td>
            <code>{eventNameOf(task)}</code>{' '}
            <a class="hint mono" href={`/console/orders/${task.subject}`} data-inside>
              {task.subject}
            </a>
          </td>
          <td class="attempt">{lastOf(task)}</td>
          <td class="task-actions">
            <button type="button" class="button button--plain" disabled={isBusy} onClick={() => onRetry(task)}>
              {task.state === 'DONE' ? 'Do again' : 'Try again'}
            </button>
            {task.state !== 'DONE' && (
              <button type="button" class="button button--plain" disabled={isBusy} onClick={() => onDiscard(task)}>
                Discard
              </button>
            )}
          </td>
          <td class="number">{task.attempts}</td>
        </tr>
      ))}
    </Table>
  );
}
TaskTable.props = ['tasks', 'isBusy', 'onRetry', 'onDiscard'];

/** `seckill.order.paid.v1` is `paid`. */
const eventNameOf = ({ type }: Task): string => type.split('.')[2] ?? type;

/** What the last attempt said, in one line. */
function lastOf({ history, nextTryAt }: Task): string {
  const { error, skipped, ok, at: _, ms: __, ...answer } = (history.at(-1) ?? {}) as Record<string, unknown>;
  const next = nextTryAt === undefined ? '' : ` Next try ${formatWhen(nextTryAt)}.`;
  if (typeof error === 'string') return `${error}${next}`;
  if (typeof skipped === 'string') return `Skipped: ${skipped}.`;
  return ok === true
    ? Object.entries(answer)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ') || 'Done'
    : next.trim();
}
