import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import type { Answer } from '../shared/api/contract.ts';
import { request } from '../shared/api/request.ts';
import { signInOperator } from '../shared/session/operator-session.ts';
import { BrandMark } from '../shared/ui/brand-mark.tsx';

export const SignInPage = defineComponent(() => {
  const token = shallowRef('');
  const problem = shallowRef<ApiProblem>();
  const isBusy = shallowRef(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = undefined;
    const accessToken = token.value.trim();
    try {
      await request<Answer<'GET /api/admin/sales'>>('/api/admin/sales', { accessToken });
      signInOperator(accessToken);
    } catch (error) {
      const found = asProblem(error);
      // No worker answers, but the token is right. The console shows what is wrong.
      if (found.code === 'UNAVAILABLE') signInOperator(accessToken);
      else problem.value = found;
    } finally {
      isBusy.value = false;
    }
  }

  return () => (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <span class="brand">
          <BrandMark />
          Seckill console
        </span>
        <h1>Sign in</h1>
        {/* For password managers, which want a name to go with it. */}
        <input type="text" autocomplete="username" value="operator" readonly hidden />
        <div class="field">
          <label for="token">Admin token</label>
          <input
            id="token"
            type="password"
            required
            autocomplete="current-password"
            aria-describedby="token-hint"
            value={token.value}
            onInput={(event: Event) => {
              token.value = (event.target as HTMLInputElement).value;
            }}
          />
          <span id="token-hint" class="hint">
            The gateway's <code>ADMIN_TOKEN</code>. <code>npm start</code> prints it. It stays in this tab.
          </span>
        </div>
        {problem.value !== undefined && (
          <p class="fault" role="alert">
            {problem.value.code === 'UNAUTHENTICATED' ? 'That is not the admin token.' : problem.value.message}
          </p>
        )}
        <button type="submit" class="button button--act button--wide" disabled={isBusy.value}>
          Sign in
        </button>
      </form>
    </main>
  );
});
