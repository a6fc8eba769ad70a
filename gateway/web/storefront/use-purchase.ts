import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { issueToken, readReservation, reservationStreamUrl, reserve } from '../shared/api/buyer-api.ts';
import type { Sale } from '../shared/api/contract.ts';
import { renewNow, serverClock } from '../shared/clock/now.ts';
import { followReservation } from '../shared/live/follow-reservation.ts';
import { session, signOut } from '../shared/session/session.ts';
import { solveChallenge } from './challenge/solve-challenge.ts';
import { AttemptStore } from './purchase/attempt-store.ts';
import { Purchase } from './purchase/purchase.ts';
import type { PurchaseApi, Turn } from './purchase/purchase-deps.ts';
import type { PurchaseState } from './purchase/purchase-state.ts';
import type { SharedPlace } from './waiting-room/use-place.ts';

/** If a sale has more items, the page fetches tokens only for the items that the buyer has pressed. */
const ITEMS_THAT_ARM_THEMSELVES = 4;

const api: PurchaseApi = {
  issueToken,
  reserve,
  readReservation,
  followReservation: (reservationId, told) =>
    followReservation({
      streamUrl: reservationStreamUrl(reservationId),
      accessToken: session.value?.accessToken,
      read: () => readReservation(reservationId),
      told,
    }),
};

/** The signed-in buyer's purchase of one item. It starts over when another buyer signs in. `place`: in the sale's waiting room, if it has one. */
export function usePurchase(sale: ShallowRef<Sale | undefined>, itemId: string, place: SharedPlace | undefined) {
  const state = shallowRef<PurchaseState>({ step: 'signed-out' });
  let purchase: Purchase | undefined;

  function begin(): void {
    purchase?.end();
    purchase = undefined;
    state.value = { step: 'signed-out' };
    if (sale.value === undefined || session.value === undefined) return;
    const isOneOfFew = sale.value.items.length <= ITEMS_THAT_ARM_THEMSELVES;
    purchase = new Purchase(sale.value, itemId, {
      api,
      solve: solveChallenge,
      store: new AttemptStore(session.value.userId, sale.value.saleId, itemId),
      clock: serverClock,
      armsItself: isOneOfFew,
      turn: place && turnOf(place, sale.value),
      onChange: (next) => {
        // The page's clock ticks once a second. News in between needs the current time.
        renewNow();
        state.value = next;
        // The gateway no longer accepts the access token.
        if (next.step === 'signed-out') signOut();
      },
    });
  }

  const turnChanged = () => purchase?.turnChanged();
  watch(session, begin, { immediate: true });
  if (place !== undefined) {
    watch([place.isTurn, place.isOpen], turnChanged);
    document.addEventListener('visibilitychange', turnChanged);
    onScopeDispose(() => document.removeEventListener('visibilitychange', turnChanged));
  }
  watch(sale, (next) => next !== undefined && purchase?.saleChanged(next));
  onScopeDispose(() => purchase?.end());

  return {
    state,
    press: (quantity: number) => purchase?.press(quantity),
    withdraw: () => purchase?.withdraw(),
    again: () => purchase?.again(),
  };
}

/** A visible page takes the turn up without a press if there is one thing to buy. */
function turnOf(place: SharedPlace, sale: Sale): Turn {
  return {
    hasCome: () => place.isOpen.value,
    takesItselfUp: () => place.isTurn.value && sale.items.length === 1 && document.visibilityState === 'visible',
    refused: place.look,
  };
}
