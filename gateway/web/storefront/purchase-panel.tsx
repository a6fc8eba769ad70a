import './purchase-panel.css';
import { defineComponent, shallowRef } from 'vue';
import type { Item, Sale } from '../shared/api/contract.ts';
import { words } from '../shared/i18n/language.ts';
import type { PurchaseState } from './purchase/purchase-state.ts';
import { QuantityStepper } from './quantity-stepper.tsx';
import { ReservationTicket } from './reservation-ticket.tsx';
import { sayState } from './say-state.ts';
import { askToSignIn } from './sign-in-dialog.tsx';

interface PurchasePanelProps {
  state: PurchaseState;
  sale: Sale;
  item: Item;
  onPress: (quantity: number) => void;
  onWithdraw: () => void;
  onAgain: () => void;
}

const CHOOSING: ReadonlySet<PurchaseState['step']> = new Set(['too-early', 'armed', 'ready', 'paused', 'sold-out']);

/** Shows the state of the purchase, and the one thing to do next. */
export const PurchasePanel = defineComponent(
  (props: PurchasePanelProps) => {
    const quantity = shallowRef(1);
    const press = () => props.onPress(quantity.value);

    function Action() {
      const { state } = props;
      const { button } = words.value;
      const canWithdraw = state.step === 'busy' || state.step === 'challenged' || ('wanted' in state && state.wanted);
      if (canWithdraw) return <Press label={button.withdraw} kind="" press={props.onWithdraw} />;
      switch (state.step) {
        case 'signed-out':
          return <Press label={button.signIn} kind="button--act" press={askToSignIn} />;
        case 'paused':
          return <Press label={button.queuePaused} kind="" press={press} />;
        case 'too-early':
        case 'armed':
          return <Press label={button.queue} kind={state.step === 'armed' ? 'button--act' : ''} press={press} />;
        case 'ready':
          return <Press label={button.buy} kind="button--act" press={press} />;
        case 'sold-out':
          return <Press label={button.notify} kind="" press={press} />;
        case 'trying':
          return <Press label={button.trying} kind="" press={() => {}} isDisabled />;
        case 'limit-reached':
        case 'ended':
          return (
            <a class="button button--big button--wide" href="/orders" data-inside>
              {button.orders}
            </a>
          );
        case 'failed':
          return <Press label={button.retry} kind="" press={props.onAgain} />;
        default:
          return null;
      }
    }

    return () => {
      const { state, item, sale } = props;
      if (state.step === 'won')
        return <ReservationTicket reservation={state.reservation} link={state.link} onAgain={props.onAgain} sale={sale} />;
      const said = sayState(state, sale);
      // After a press the quantity is fixed.
      const isWanted = 'wanted' in state && state.wanted;
      const choosesQuantity = item.limitPerUser > 1 && !isWanted && CHOOSING.has(state.step);
      return (
        <div class="purchase" data-step={state.step}>
          <div class="status" role="status">
            <strong>
              {said.isBusy === true && <span class="spinner" aria-hidden="true" />}
              {said.title}
            </strong>
            {said.hint !== undefined && <span class="hint">{said.hint}</span>}
          </div>
          {choosesQuantity && (
            <QuantityStepper quantity={quantity.value} max={item.limitPerUser} onChange={(next) => (quantity.value = next)} />
          )}
          <Action />
        </div>
      );
    };
  },
  { props: ['state', 'sale', 'item', 'onPress', 'onWithdraw', 'onAgain'] },
);

function Press({ label, kind, press, isDisabled }: { label: string; kind: string; press: () => void; isDisabled?: boolean }) {
  return (
    <button type="button" class={['button button--big button--wide', kind]} disabled={isDisabled ?? false} onClick={press}>
      {label}
    </button>
  );
}
Press.props = ['label', 'kind', 'press', 'isDisabled'];
