import { type ShallowRef, shallowRef } from 'vue';
import { ServerClock } from './server-clock.ts';

/** The page's only clock. */
export const serverClock = new ServerClock();

/** The server's time, ms, updated every second: one timer for all countdowns of the page. */
export const now: Readonly<ShallowRef<number>> = shallowRef(serverClock.now());

function tick(): void {
  (now as ShallowRef<number>).value = serverClock.now();
  // Just after the full second, so that rounding never shows a second twice.
  setTimeout(tick, 1_010 - (serverClock.now() % 1_000));
}
tick();

/** Call this after setting the clock. */
export function renewNow(): void {
  (now as ShallowRef<number>).value = serverClock.now();
}
