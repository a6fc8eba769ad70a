import { defineComponent, nextTick, shallowRef } from 'vue';
import { startPayment } from '../shared/api/buyer-api.ts';
import { locale, words } from '../shared/i18n/language.ts';
import { PaymentCode } from './payment-code.tsx';

/** Providers that answer with a QR code, so that no tab is opened for them. */
const SHOWS_A_CODE: ReadonlySet<string> = new Set(['wechatpay']);

interface PayButtonsProps {
  orderId: string;
  /** To choose from, the usual one first. Empty if the gateway does not know them yet. */
  providers: readonly string[];
  isBusy: boolean;
  /** Runs the work, and shows its failure. */
  attempt: (work: () => Promise<void>) => void;
}

/** A button for each way to pay, and the checkout that the last one opened: an address or a QR code. */
export const PayButtons = defineComponent(
  (props: PayButtonsProps) => {
    const checkoutUrl = shallowRef<string>();
    const code = shallowRef<{ text: string; provider: string }>();
    let pressed: HTMLElement | undefined;

    async function closeCode(): Promise<void> {
      code.value = undefined;
      await nextTick();
      // It was disabled while the code was fetched, so the browser does not return the focus to it.
      pressed?.focus();
    }

    function pay(provider: string | undefined, button: HTMLElement): void {
      pressed = button;
      // The click opens the tab: browsers block a tab that is opened after the answer.
      const [usual = ''] = props.providers;
      const tab = SHOWS_A_CODE.has(provider ?? usual) ? null : window.open('', '_blank');
      checkoutUrl.value = undefined;
      props.attempt(async () => {
        try {
          const started = await startPayment(props.orderId, { provider, language: locale.value });
          const { checkoutUrl: url, qrCode } = started;
          if (qrCode !== undefined) {
            tab?.close();
            code.value = { text: qrCode, provider: started.provider };
            return;
          }
          if (url === undefined || !/^https?:/.test(url)) throw new Error(`The checkout has no web address: ${url}`);
          checkoutUrl.value = url;
          if (tab === null) return;
          tab.opener = null;
          tab.location.href = url;
        } catch (error) {
          tab?.close();
          throw error;
        }
      });
    }

    return () => {
      const { button, payment: say } = words.value;
      const choices = props.providers.length > 1 ? props.providers : [undefined];
      return (
        <>
          <div class="actions">
            {choices.map((provider, i) => (
              <button
                type="button"
                class={['button', { 'button--act': i === 0 }]}
                disabled={props.isBusy}
                onClick={(event: Event) => pay(provider, event.currentTarget as HTMLElement)}
              >
                {provider === undefined ? button.pay : say.payWith(say.provider[provider] ?? provider)}
              </button>
            ))}
          </div>
          {checkoutUrl.value !== undefined && (
            <p class="hint" role="status">
              {say.inNewTab}{' '}
              <a href={checkoutUrl.value} target="_blank" rel="noopener">
                {say.openCheckout}
              </a>
            </p>
          )}
          {code.value !== undefined && (
            <PaymentCode code={code.value.text} provider={code.value.provider} onClose={() => void closeCode()} />
          )}
        </>
      );
    };
  },
  { props: ['orderId', 'providers', 'isBusy', 'attempt'] },
);
