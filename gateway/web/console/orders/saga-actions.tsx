import { defineComponent, shallowRef } from 'vue';
import type { AdminOrder } from '../../shared/api/contract.ts';
import { commandSaga, type SagaCommand } from '../../shared/api/operator-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { useCommand } from '../parts/use-command.ts';
import { nameOfStep } from './saga-words.ts';

interface SagaActionsProps {
  orderId: string;
  /** The present one; none if the saga has ended. */
  step: string | undefined;
  /** It undoes its steps, or has done so. */
  goesBack: boolean;
  onChanged: (order: AdminOrder, message: string) => void;
  onFailed: () => void;
}

const SAID: Readonly<Record<SagaCommand, string>> = {
  retry: 'The step is tried now.',
  skip: 'The step was skipped.',
  compensate: 'The saga turns back.',
};

/** What an operator can do about a saga: try its step at once, go on without it, or let the saga turn back. */
export const SagaActions = defineComponent(
  (props: SagaActionsProps) => {
    const { isBusy, problem, run } = useCommand(() => props.onFailed());
    const asks = shallowRef<SagaCommand>();
    const send = (command: SagaCommand) =>
      run(async () => {
        const order = await commandSaga(props.orderId, command, props.step);
        asks.value = undefined;
        props.onChanged(order, SAID[command]);
      });

    return () => {
      const { step, goesBack } = props;
      return (
        <div class="refused-actions">
          {step !== undefined && (
            <>
              <button type="button" class="button button--small" disabled={isBusy.value} onClick={() => void send('retry')}>
                Try now
              </button>
              <button
                type="button"
                class="button button--small button--plain"
                disabled={isBusy.value}
                onClick={() => (asks.value = 'skip')}
              >
                Skip…
              </button>
            </>
          )}
          {!goesBack && (
            <button
              type="button"
              class="button button--small button--plain"
              disabled={isBusy.value}
              onClick={() => (asks.value = 'compensate')}
            >
              Compensate…
            </button>
          )}
          {problem.value !== undefined && (
            <p class="fault" role="alert">
              {problem.value.message}
            </p>
          )}
          {asks.value !== undefined && (
            <ConfirmCommand
              command={asks.value}
              step={step ?? ''}
              goesBack={goesBack}
              isBusy={isBusy.value}
              onSend={() => void send(asks.value ?? 'retry')}
              onClose={() => (asks.value = undefined)}
            />
          )}
        </div>
      );
    };
  },
  { props: ['orderId', 'step', 'goesBack', 'onChanged', 'onFailed'] },
);

interface ConfirmCommandProps {
  command: SagaCommand;
  step: string;
  goesBack: boolean;
  isBusy: boolean;
  onSend: () => void;
  onClose: () => void;
}

function ConfirmCommand({ command, step, goesBack, isBusy, onSend, onClose }: ConfirmCommandProps) {
  const name = nameOfStep(step);
  const isSkip = command === 'skip';
  const title = isSkip ? `Skip “${name}”?` : 'Turn back?';
  return (
    <Modal title={title} onClose={onClose}>
      <p>
        {isSkip
          ? skipped(name, goesBack)
          : 'Every step is undone that can be: shipment, coupon, points. The buyer gets all money of the order back.'}
      </p>
      <div class="actions">
        <button type="button" class="button button--bad" disabled={isBusy} onClick={onSend}>
          {isSkip ? 'Skip it' : 'Turn back'}
        </button>
        <button type="button" class="button" onClick={onClose}>
          Not now
        </button>
      </div>
    </Modal>
  );
}
ConfirmCommand.props = ['command', 'step', 'goesBack', 'isBusy', 'onSend', 'onClose'];

const skipped = (name: string, goesBack: boolean): string =>
  goesBack ? `“${name}” is not undone, and the saga goes on with the step before it.` : `The saga goes on without “${name}”.`;
