import { type ShallowRef, shallowRef } from 'vue';
import { ServerClock } from './server-clock.ts';

/** The page's one clock. */
export const serverClock = new ServerClock();

/** The server's time, ms, renewed as its seconds turn: one timer for all countdowns of the page. */
export const now: Readonly<ShallowRef<number>> = shallowRef(serverClock.now());

function tick(): void {
  (now as ShallowRef<number>).value = serverClock.now();
  // A little after the second, so that no rounding shows the last one twice.
  setTimeout(tick, 1_010 - (serverClock.now() % 1_000));
}
tick();

/** Asked by whoever has just set the clock. */
export function renewNow(): void {
  (now as ShallowRef<number>).value = serverClock.now();
}
