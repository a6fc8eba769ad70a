import './place-panel.css';
import { defineComponent, nextTick, onBeforeUpdate, onUpdated, shallowRef, watch } from 'vue';
import type { Sale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { formatDuration } from '../../shared/format/duration.ts';
import { words } from '../../shared/i18n/language.ts';
import { roomOf, type SaleRoom } from '../../shared/sale/sale-room.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { askToSignIn } from '../sign-in-dialog.tsx';
import { DrawCheck } from './draw-check.tsx';
import { hasTurn, needsNewTicket, type PlaceState } from './place-state.ts';
import { sayCount, sayPlace } from './say-place.ts';
import { TicketFigures } from './ticket-figures.tsx';

interface PlacePanelProps {
  state: PlaceState;
  sale: Sale;
  onJoin: () => void;
}

/** A buyer's place in the waiting room of a sale, and the one thing to do next. */
export const PlacePanel = defineComponent(
  (props: PlacePanelProps) => {
    const panel = shallowRef<HTMLElement>();
    let hadFocus = false;

    // A button that goes away would take the focus with it.
    onBeforeUpdate(() => {
      hadFocus = panel.value?.contains(document.activeElement) === true;
    });
    onUpdated(() => {
      if (hadFocus && panel.value?.contains(document.activeElement) === false) panel.value.focus();
    });
    watch(
      () => hasTurn(props.state, now.value),
      async (isTurn) => {
        if (!isTurn) return;
        await nextTick();
        panel.value?.scrollIntoView({ block: 'nearest' });
        // A buyer who is elsewhere on the page, or in a dialog, keeps the focus there.
        if (document.activeElement === document.body) panel.value?.focus({ preventScroll: true });
      },
    );

    return () => {
      const { state, sale } = props;
      const room = roomOf(sale);
      if (room === undefined) return null;
      const said = sayPlace(state, sale, room);
      return (
        <section
          ref={panel}
          class={['place', toneOf(state)]}
          data-state={nameOf(state)}
          data-place={placeOf(state)}
          tabindex={-1}
        >
          <div class="status" role="status">
            <strong>
              {said.isBusy === true && <span class="spinner" aria-hidden="true" />}
              {said.title}
            </strong>
            {said.hint !== undefined && <span class="hint">{said.hint}</span>}
          </div>
          <BuyWithin state={state} />
          <Figures state={state} room={room} />
          <JoinButton state={state} sale={sale} room={room} onJoin={props.onJoin} />
          {!hasTurn(state, now.value) && (
            <DrawCheck sale={sale} room={room} ticket={state.step === 'inside' ? state.ticket : undefined} />
          )}
        </section>
      );
    };
  },
  { props: ['state', 'sale', 'onJoin'] },
);

const nameOf = (state: PlaceState): string => {
  if (state.step !== 'inside') return state.step;
  return hasTurn(state, now.value) ? 'turn' : state.ticket.state;
};

const placeOf = (state: PlaceState): number | undefined => (state.step === 'inside' ? state.ticket.place : undefined);

function toneOf(state: PlaceState): string | undefined {
  if (hasTurn(state, now.value)) return 'tone-act';
  if (state.step !== 'inside') return undefined;
  if (state.ticket.state === 'SOLD_OUT' || state.ticket.state === 'ENDED') return 'tone-quiet';
  return state.ticket.missedTurn === true ? 'tone-wait' : 'tone-info';
}

/** The rest of the time to buy. */
function BuyWithin({ state }: { state: PlaceState }) {
  if (state.step !== 'inside' || !hasTurn(state, now.value) || state.ticket.claimBy === undefined) return null;
  return (
    <p class="buy-within" role="timer">
      <span>{words.value.room.buyWithin}</span>
      <b class="numbers">{formatDuration(Date.parse(state.ticket.claimBy) - now.value)}</b>
    </p>
  );
}
BuyWithin.props = ['state'];

function Figures({ state, room }: { state: PlaceState; room: SaleRoom }) {
  if (state.step === 'inside') {
    const isWaiting = state.ticket.state === 'WAITING' || state.ticket.state === 'NOT_DRAWN';
    return isWaiting ? <TicketFigures ticket={state.ticket} link={state.link} /> : null;
  }
  return room.waiting === 0 ? null : <p class="hint numbers">{words.value.room.people(sayCount(room.waiting))}</p>;
}
Figures.props = ['state', 'room'];

interface JoinButtonProps {
  state: PlaceState;
  sale: Sale;
  room: SaleRoom;
  onJoin: () => void;
}

function JoinButton({ state, sale, room, onJoin }: JoinButtonProps) {
  const { room: say, button } = words.value;
  const isOver = saleStateNow(sale, now.value) === 'ENDED' || (room.kind === 'draw' && now.value >= room.entriesUntil);
  const label = room.kind === 'draw' ? say.enter : say.join;
  switch (state.step) {
    case 'signed-out':
      return <Press label={button.signIn} press={askToSignIn} />;
    case 'outside':
      return isOver ? null : <Press label={label} press={onJoin} />;
    case 'failed':
      return <Press label={button.retry} press={onJoin} />;
    case 'inside':
      return needsNewTicket(state, now.value) && !isOver ? <Press label={say.again} press={onJoin} /> : null;
    default:
      return null;
  }
}
JoinButton.props = ['state', 'sale', 'room', 'onJoin'];

function Press({ label, press }: { label: string; press: () => void }) {
  return (
    <button type="button" class="button button--act button--big button--wide" onClick={press}>
      {label}
    </button>
  );
}
Press.props = ['label', 'press'];
