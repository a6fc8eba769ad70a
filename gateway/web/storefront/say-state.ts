import type { Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import type { PurchaseState } from './purchase/purchase-state.ts';

export interface Said {
  title: string;
  hint?: string | undefined;
  isBusy?: boolean;
}

/** A purchase's state in words. */
export function sayState(state: PurchaseState, sale: Sale): Said {
  const { state: say } = words.value;
  switch (state.step) {
    case 'too-early':
      return state.wish ? { title: say.wish, hint: say.wishHint } : { title: say.tooEarly, hint: say.tooEarlyHint };
    case 'armed':
      return state.wish ? { title: say.wish, hint: say.wishHint } : { title: say.armed, hint: say.armedHint };
    case 'ready':
      return { title: say.ready };
    case 'paused':
      return { title: say.paused, hint: words.value.sale.pausedHint };
    case 'trying':
      return { title: say.trying, isBusy: true };
    case 'busy': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now.value) / 1000));
      return { title: say.busy(seconds), hint: say.reason[state.reason], isBusy: true };
    }
    case 'sold-out':
      return state.wish
        ? { title: say.soldOutWish, hint: say.soldOutWishHint, isBusy: true }
        : { title: say.soldOut, hint: say.soldOutHint };
    case 'limit-reached':
      return { title: say.limit, hint: say.limitHint };
    case 'ended':
      return { title: say.ended, hint: say.endedHint };
    case 'failed':
      return { title: say.failed, hint: state.problem.message };
    case 'signed-out':
      return saySale(sale);
    case 'won':
      return { title: words.value.reservation[state.reservation.status] };
  }
}

/** For somebody who is not signed in: where the sale stands. */
function saySale(sale: Sale): Said {
  const { state: say, signIn } = words.value;
  switch (saleStateNow(sale, now.value)) {
    case 'LIVE':
      return { title: say.ready, hint: signIn.why };
    case 'PAUSED':
      return { title: say.paused, hint: signIn.why };
    case 'ENDED':
      return { title: say.ended };
    default:
      return { title: say.tooEarly, hint: signIn.why };
  }
}
