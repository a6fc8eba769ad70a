import type { Buyer } from '../buyer.ts';
import type { CrowdContext } from '../crowd-context.ts';
import { followOrder } from '../follow-order.ts';
import { takeUpTurn } from '../get-ready.ts';
import { tryToWin } from '../try-to-win.ts';
import { waitForTurn } from './wait-for-turn.ts';

/** Longest time from the start in which people still join. */
const LATE_MS = 4_000;

/** The story of a buyer in a sale with a waiting room: joins, waits, buys in turn or misses it, pays or does not. */
export async function buyInTurn(buyer: Buyer, context: CrowdContext): Promise<void> {
  const { behaviour, random, stop, sale, now } = context;
  const lead = sale.startsAt - now();
  await stop.pause(random() < behaviour.comeLate ? lead + random() * LATE_MS : random() * lead * 0.9);
  let misses = random() < behaviour.missTurn;
  while (await waitForTurn(buyer, context)) {
    if (misses) {
      misses = false;
      await stop.pause(sale.staleMs * 1.2);
    }
    if ((await takeUpTurn(buyer, context)) && (await tryToWin(buyer, context))) break;
    if (buyer.gaveUp !== undefined) return;
  }
  if (buyer.win !== undefined) await followOrder(buyer, buyer.win, context);
}
