import { OFFLINE } from '../../shared/api/api-problem.ts';
import type { Sale, Ticket } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { locale, words } from '../../shared/i18n/language.ts';
import { sayAnswer, sayProblem } from '../../shared/i18n/say-answer.ts';
import type { SaleRoom } from '../../shared/sale/sale-room.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import type { Said } from '../say-state.ts';
import { hasTurn, needsNewTicket, type PlaceState } from './place-state.ts';

export const sayCount = (count: number): string => count.toLocaleString(locale.value);

function sayTime(time: number): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** The state of a buyer's place in words. */
export function sayPlace(state: PlaceState, sale: Sale, room: SaleRoom): Said {
  const { room: say, state: sayState, signIn } = words.value;
  switch (state.step) {
    case 'signed-out':
      return { ...sayOutside(sale, room), hint: signIn.why };
    case 'outside':
      return sayOutside(sale, room);
    case 'joining':
      return { title: say.joining, isBusy: true };
    case 'busy': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now.value) / 1000));
      const hint = state.code === OFFLINE ? words.value.problem.offlineHint : sayAnswer(state.code);
      return { title: sayState.busy(seconds), hint, isBusy: true };
    }
    case 'closed':
      return { title: say.closed };
    case 'failed':
      return { title: sayState.failed, hint: sayProblem(state.problem) };
    case 'inside':
      if (saleStateNow(sale, now.value) === 'ENDED') return { title: sayState.ended };
      return hasTurn(state, now.value)
        ? { title: state.ticket.state === 'DRAWN' ? say.drawn : say.turn, hint: say.turnHint }
        : sayWaiting(state, room);
  }
}

function sayOutside(sale: Sale, { kind, entriesUntil }: SaleRoom): Said {
  const { room: say, state: sayState } = words.value;
  if (saleStateNow(sale, now.value) === 'ENDED') return { title: sayState.ended };
  if (kind === 'queue') return { title: say.outside, hint: now.value < entriesUntil ? say.outsideEarly : say.outsideLate };
  return now.value < entriesUntil ? { title: say.draw, hint: say.drawUntil(sayTime(entriesUntil)) } : { title: say.closed };
}

function sayWaiting(state: PlaceState & { step: 'inside' }, room: SaleRoom): Said {
  const { room: say } = words.value;
  const { ticket } = state;
  if (ticket.state === 'SOLD_OUT') return { title: say.soldOut, hint: say.soldOutHint };
  if (ticket.missedTurn === true)
    return { title: say.missed, hint: ticket.state === 'WAITING' ? say.missedKeepHint : say.missedHint };
  if (needsNewTicket(state, now.value)) return { title: say.used, hint: say.usedHint };
  if (ticket.place === undefined) return sayUnshuffled(room);
  if (ticket.state === 'NOT_DRAWN') return { title: say.notDrawn, hint: say.notDrawnHint(sayCount(ticket.place)) };
  return {
    title: ticket.ahead === 0 ? say.next : say.waiting(sayCount(ticket.place)),
    hint: sayChance(ticket) ?? say.waitingHint,
  };
}

function sayUnshuffled({ kind, entriesUntil }: SaleRoom): Said {
  const { room: say } = words.value;
  if (now.value >= entriesUntil) return { title: say.shuffling, isBusy: true };
  return kind === 'queue'
    ? { title: say.early, hint: say.earlyHint }
    : { title: say.entered, hint: say.enteredHint(sayTime(entriesUntil)) };
}

/** Whether what is left may not reach this ticket. */
function sayChance({ ahead, unitsLeft, unitsUnpaid = 0 }: Ticket): string | undefined {
  const { room: say } = words.value;
  if (ahead === undefined || unitsLeft === undefined) return undefined;
  if (unitsLeft + unitsUnpaid <= ahead) return say.scarce;
  return unitsLeft === 0 ? say.taken : undefined;
}
