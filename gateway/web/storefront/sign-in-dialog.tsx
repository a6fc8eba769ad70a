import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { devSignIn } from '../shared/api/buyer-api.ts';
import { words } from '../shared/i18n/language.ts';
import { sayProblem } from '../shared/i18n/say-answer.ts';
import { devLogin } from '../shared/session/page-settings.ts';
import { signIn } from '../shared/session/session.ts';
import { Modal } from '../shared/ui/modal.tsx';

const isAsked = shallowRef(false);

export function askToSignIn(): void {
  isAsked.value = true;
}

export const SignInDialog = defineComponent(() => () => {
  if (!isAsked.value) return null;
  const close = () => {
    isAsked.value = false;
  };
  return (
    <Modal title={words.value.signIn.title} onClose={close}>
      {devLogin ? <DevLoginForm onDone={close} /> : <p>{words.value.signIn.shop}</p>}
    </Modal>
  );
});

const DevLoginForm = defineComponent(
  (props: { onDone: () => void }) => {
    const userId = shallowRef('');
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);

    async function submit(event: Event): Promise<void> {
      event.preventDefault();
      isBusy.value = true;
      problem.value = undefined;
      try {
        if (signIn(await devSignIn(userId.value.trim()))) props.onDone();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
      }
    }

    return () => (
      <form onSubmit={submit}>
        <p class="hint">{words.value.signIn.dev}</p>
        <div class="field">
          <label for="user-id">{words.value.signIn.userId}</label>
          <input
            id="user-id"
            name="user-id"
            required
            maxlength={255}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="user-id-hint"
            value={userId.value}
            onInput={(event: Event) => {
              userId.value = (event.target as HTMLInputElement).value;
            }}
          />
          <span id="user-id-hint" class="hint">
            {words.value.signIn.hint}
          </span>
        </div>
        {problem.value !== undefined && (
          <p class="fault" role="alert">
            {sayProblem(problem.value)}
          </p>
        )}
        <button type="submit" class="button button--act button--wide" disabled={isBusy.value}>
          {words.value.signIn.submit}
        </button>
      </form>
    );
  },
  { props: ['onDone'] },
);
