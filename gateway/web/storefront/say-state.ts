import { OFFLINE } from '../shared/api/api-problem.ts';
import type { Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { sayAnswer, sayProblem } from '../shared/i18n/say-answer.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import type { PurchaseState } from './purchase/purchase-state.ts';

export interface Said {
  title: string;
  hint?: string | undefined;
  isBusy?: boolean;
}

/** The state of a purchase in words. */
export function sayState(state: PurchaseState, sale: Sale): Said {
  const { state: say } = words.value;
  switch (state.step) {
    case 'too-early':
      return state.wanted ? { title: say.waiting, hint: say.waitingHint } : { title: say.tooEarly, hint: say.tooEarlyHint };
    case 'armed':
      return state.wanted ? { title: say.waiting, hint: say.waitingHint } : { title: say.armed, hint: say.armedHint };
    case 'ready':
      return { title: say.ready };
    case 'paused':
      return { title: say.paused, hint: words.value.sale.pausedHint };
    case 'not-admitted':
      return { title: words.value.room.itemHint };
    case 'trying':
      return { title: say.trying, isBusy: true };
    case 'challenged': {
      const seconds = Math.max(1, Math.ceil((state.until - now.value) / 1000));
      return { title: say.challenged, hint: say.challengedHint(seconds), isBusy: true };
    }
    case 'busy': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now.value) / 1000));
      return { title: say.busy(seconds), hint: state.code === OFFLINE ? say.offline : sayAnswer(state.code), isBusy: true };
    }
    case 'sold-out':
      return state.wanted
        ? { title: say.soldOutWaiting, hint: say.soldOutWaitingHint, isBusy: true }
        : { title: say.soldOut, hint: sayAnswer('SOLD_OUT') };
    case 'limit-reached':
      return { title: say.limit, hint: sayAnswer('LIMIT_REACHED') };
    case 'ended':
      return { title: say.ended, hint: sayAnswer('SALE_ENDED') };
    case 'failed':
      return { title: say.failed, hint: sayProblem(state.problem) };
    case 'signed-out':
      return saySale(sale);
    case 'won':
      return { title: words.value.reservation[state.reservation.status] };
  }
}

/** The state of the sale, for a visitor who is not signed in. */
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
