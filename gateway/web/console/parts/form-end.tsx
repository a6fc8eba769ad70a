import type { ApiProblem } from '../../shared/api/api-problem.ts';

interface FormEndProps {
  /** What the button that sends the form says. */
  label: string;
  tone: 'act' | 'bad';
  isBusy: boolean;
  /** Why it could not be sent. */
  problem: ApiProblem | undefined;
  onClose: () => void;
}

/** The end of a form in a dialog: what went wrong, the button that sends it and the one that closes it. */
export function FormEnd({ label, tone, isBusy, problem, onClose }: FormEndProps) {
  return (
    <>
      {problem !== undefined && (
        <p class="fault" role="alert">
          {problem.message}
        </p>
      )}
      <div class="actions">
        <button type="submit" class={['button', `button--${tone}`]} disabled={isBusy}>
          {label}
        </button>
        <button type="button" class="button" onClick={onClose}>
          Not now
        </button>
      </div>
    </>
  );
}
FormEnd.props = ['label', 'tone', 'isBusy', 'problem', 'onClose'];
