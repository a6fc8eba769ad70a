import './payment-code.css';
import { defineComponent, onMounted, shallowRef } from 'vue';
import { words } from '../shared/i18n/language.ts';
import { Modal } from '../shared/ui/modal.tsx';

/** Modules of quiet space around a code, which scanners need. */
const QUIET = 4;

/** Shows a payment's QR code. The buttons of an order that is paid are gone, and the dialog with them. */
export const PaymentCode = defineComponent(
  (props: { code: string; provider: string; onClose: () => void }) => {
    const drawing = shallowRef<{ size: number; path: string }>();
    onMounted(async () => {
      // Loaded for the few who need it.
      const { encode } = await import('uqr');
      const { size, data } = encode(props.code, { ecc: 'M', border: QUIET });
      const squares = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
      drawing.value = { size, path: squares.join('') };
    });
    return () => {
      const { payment: say, button } = words.value;
      const name = say.provider[props.provider] ?? props.provider;
      return (
        <Modal title={say.scan(name)} onClose={props.onClose}>
          <div class="payment-code stack">
            {drawing.value !== undefined && (
              <svg
                role="img"
                aria-label={say.codeOf(name)}
                viewBox={`0 0 ${drawing.value.size} ${drawing.value.size}`}
                shape-rendering="crispEdges"
              >
                <path d={drawing.value.path} fill="currentColor" />
              </svg>
            )}
            <p role="status">{say.scanHint}</p>
            <div class="actions">
              {/^https:/.test(props.code) && (
                <a class="button" href={props.code} target="_blank" rel="noopener">
                  {say.onThisDevice(name)}
                </a>
              )}
              <button type="button" class="button" onClick={props.onClose}>
                {button.close}
              </button>
            </div>
          </div>
        </Modal>
      );
    };
  },
  { props: ['code', 'provider', 'onClose'] },
);
