import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { Sale } from '../../shared/api/contract.ts';
import { readTicket, takeTicket, ticketStreamUrl } from '../../shared/api/waiting-room-api.ts';
import { now, renewNow, serverClock } from '../../shared/clock/now.ts';
import { follow } from '../../shared/live/follow.ts';
import { roomOf } from '../../shared/sale/sale-room.ts';
import { session, signOut } from '../../shared/session/session.ts';
import { Place, type PlaceApi } from './place.ts';
import { hasTurn, mayTry, type PlaceState } from './place-state.ts';
import { TicketStore } from './ticket-store.ts';

const api: PlaceApi = {
  takeTicket,
  readTicket,
  followTicket: (ticketId, told) =>
    follow({
      streamUrl: ticketStreamUrl(ticketId),
      accessToken: session.value?.accessToken,
      read: () => readTicket(ticketId),
      told,
      isFinal: ({ state }) => state === 'ENDED',
      pollMs: ({ retryAfterMs }) => retryAfterMs,
      inBackground: true,
    }),
};

/** The signed-in buyer's place in a sale's waiting room. All is undefined or false if the sale has none. */
export function usePlace(sale: ShallowRef<Sale | undefined>) {
  const state = shallowRef<PlaceState>({ step: 'signed-out' });
  /** Whether the buyer may buy now. */
  const isTurn = shallowRef(false);
  /** Whether it is worth a try. */
  const isOpen = shallowRef(false);
  let place: Place | undefined;
  let begunFor: string | undefined;

  function begin(): void {
    const shown = sale.value;
    const hasRoom = shown !== undefined && roomOf(shown) !== undefined;
    const user = hasRoom ? session.value?.userId : undefined;
    const wanted = user === undefined ? undefined : `${user} ${shown?.saleId}`;
    if (wanted === begunFor) return;
    begunFor = wanted;
    place?.end();
    place = undefined;
    state.value = { step: 'signed-out' };
    if (shown === undefined || user === undefined) return;
    place = new Place(shown.saleId, {
      api,
      store: new TicketStore(user, shown.saleId),
      clock: serverClock,
      onChange: (next) => {
        renewNow();
        state.value = next;
        if (next.step === 'signed-out') signOut();
      },
    });
  }

  watch([session, sale], begin, { immediate: true });
  watch(
    [state, now],
    () => {
      isTurn.value = hasTurn(state.value, now.value);
      isOpen.value = mayTry(state.value, now.value);
    },
    { immediate: true },
  );
  onScopeDispose(() => place?.end());

  return { state, isTurn, isOpen, join: () => place?.join(), look: () => void place?.look() };
}

export type SharedPlace = ReturnType<typeof usePlace>;
