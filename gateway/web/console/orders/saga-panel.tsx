import { defineComponent } from 'vue';
import type { AdminOrder } from '../../shared/api/contract.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { useAnnouncement } from '../parts/use-announcement.ts';
import { SagaActions } from './saga-actions.tsx';
import { nameOfStep, STEP_STATES, standingOfSaga } from './saga-words.ts';

type Saga = NonNullable<AdminOrder['saga']>;

interface SagaPanelProps {
  order: AdminOrder;
  onChanged: (order: AdminOrder) => void;
  /** A command failed, and its outcome may be unknown. */
  onFailed: () => void;
}

/** What follows the payment, step by step. Nothing for an order without a saga. */
export const SagaPanel = defineComponent(
  (props: SagaPanelProps) => {
    const { said, heading, announce } = useAnnouncement();

    return () => {
      const { saga, orderId } = props.order;
      if (saga === undefined) return null;
      const { name, tone } = standingOfSaga(saga);
      return (
        <section class="panel card">
          <header>
            <h2 ref={heading} tabindex={-1}>
              After the payment
            </h2>
            <span class={['badge', tone]}>{name}</span>
          </header>
          <p class="hint" role="status">
            {said.value}
          </p>
          <ol class="refunds">
            {saga.steps.map((step) => (
              <StepRow key={step.name} step={step} saga={saga} />
            ))}
          </ol>
          <SagaActions
            orderId={orderId}
            step={saga.step}
            goesBack={saga.state === 'COMPENSATING' || saga.state === 'COMPENSATED'}
            onChanged={(order: AdminOrder, message: string) => void announce(message, () => props.onChanged(order))}
            onFailed={props.onFailed}
          />
        </section>
      );
    };
  },
  { props: ['order', 'onChanged', 'onFailed'] },
);

function StepRow({ step, saga }: { step: Saga['steps'][number]; saga: Saga }) {
  const isPresent = step.name === saga.step;
  const { name, tone } = STEP_STATES[step.state];
  return (
    <li data-step={step.name} data-state={step.state}>
      <p class="sum">
        <b>{nameOfStep(step.name)}</b>
        <span class={['badge', tone]}>{isPresent && saga.state === 'COMPENSATING' ? 'Being undone' : name}</span>
      </p>
      {step.note !== undefined && <p>{step.note}</p>}
      {isPresent && saga.lastError !== undefined && <p class="fault">{saga.lastError}</p>}
      <p class="facts numbers">
        {step.at !== undefined && <span>{formatWhen(step.at)}</span>}
        {isPresent && saga.attempts > 0 && (
          <span>{saga.attempts === 1 ? '1 attempt' : `${formatCount(saga.attempts)} attempts`}</span>
        )}
        {isPresent && saga.lastError !== undefined && saga.nextTryAt !== undefined && (
          <span>next at {formatWhen(saga.nextTryAt)}</span>
        )}
      </p>
    </li>
  );
}
StepRow.props = ['step', 'saga'];
