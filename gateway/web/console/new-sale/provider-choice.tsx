import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import { listPaymentProviders } from '../../shared/api/operator-api.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { nameOfProvider } from '../parts/provider-name.ts';

/** Which payment providers the sale offers. Shows nothing if there is only one. */
export const ProviderChoice = defineComponent(
  (props: { chosen: readonly string[]; onChange: (chosen: string[]) => void }) => {
    const configured = shallowRef<readonly string[]>([]);
    const problem = shallowRef<ApiProblem>();

    async function load(): Promise<void> {
      problem.value = undefined;
      try {
        configured.value = (await listPaymentProviders()).paymentProviders;
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    void load();

    /** In the order of the configuration, whatever was pressed first. */
    const toggle = (name: string) =>
      props.onChange(configured.value.filter((each) => props.chosen.includes(each) !== (each === name)));

    return () => {
      if (problem.value !== undefined) return <ProblemNotice problem={problem.value} onRetry={() => void load()} />;
      if (configured.value.length < 2) return null;
      const [usual] = props.chosen.length === 0 ? configured.value : props.chosen;
      return (
        <fieldset>
          <legend>Payment providers</legend>
          <div class="choices">
            {configured.value.map((name) => (
              <label for={`pay-${name}`}>
                <input id={`pay-${name}`} type="checkbox" checked={props.chosen.includes(name)} onChange={() => toggle(name)} />
                {nameOfProvider(name)}
                {name === usual && <span class="hint">first on the buyer’s page</span>}
              </label>
            ))}
          </div>
          <p class="hint">None chosen: buyers choose among all of them, also among those that you add later.</p>
        </fieldset>
      );
    };
  },
  { props: ['chosen', 'onChange'] },
);
