import { setTimeout as pause } from 'node:timers/promises';
import type { Part } from 'dev';
import type { DemoOptions } from './flags.ts';

/** In the rush: people wait, get their turns and buy. */
const AFTER_START_MS = 1_500;

/** With a waiting room one gateway dies, and its buyers need another. */
export const gatewaysFor = ({ admission = 'open' }: Pick<DemoOptions, 'admission'>): number => (admission === 'open' ? 1 : 2);

/**
 * Kills the last gateway soon after `startsAt` (ms since 1970, this machine's clock), and starts it again. Resolves when it serves, or after an
 * abort. Does nothing if there is only one.
 */
export async function killGateway(
  gateways: readonly Pick<Part, 'name' | 'kill' | 'start'>[],
  { startsAt, say, signal }: { startsAt: number; say: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const victim = gateways.at(-1);
  if (victim === undefined || gateways.length < 2) return;
  await pause(startsAt + AFTER_START_MS - Date.now(), undefined, { signal }).catch(() => {});
  if (signal.aborted) return;
  await victim.kill();
  say(`${victim.name} is killed. Its buyers go to another one, with their places.`);
  await victim.start();
  say(`${victim.name} serves again.`);
}
