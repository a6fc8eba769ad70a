import { defineComponent, shallowRef } from 'vue';
import { Modal } from '../../shared/ui/modal.tsx';

/** Shows a secret once. The platform does not show it again. */
export const SecretNote = defineComponent(
  (props: { title: string; secret: string; hint: string; onClose: () => void }) => {
    const said = shallowRef('');

    /** `navigator.clipboard` exists only on https and localhost. */
    async function copy(): Promise<void> {
      try {
        await navigator.clipboard.writeText(props.secret);
        said.value = 'Copied.';
      } catch {
        const field = document.getElementById('webhook-secret') as HTMLInputElement | null;
        field?.select();
        said.value = 'It is selected: press Ctrl+C.';
      }
    }
    return () => (
      <Modal title={props.title} onClose={props.onClose}>
        <p>{props.hint}</p>
        <div class="field">
          <label for="webhook-secret">Secret</label>
          <input id="webhook-secret" class="mono" readonly value={props.secret} />
        </div>
        <p class="hint" role="status">
          {said.value}
        </p>
        <div class="actions">
          <button type="button" class="button button--act" onClick={copy}>
            Copy
          </button>
          <button type="button" class="button" onClick={props.onClose}>
            I have stored it
          </button>
        </div>
      </Modal>
    );
  },
  { props: ['title', 'secret', 'hint', 'onClose'] },
);
