import type { Crowd, RoomTally, Tally } from 'simulation';
import { number } from '../command/text.ts';
import type { Picture } from './progress.ts';

export type Phase =
  | 'starting'
  | 'signing in'
  | 'fetching purchase tokens'
  | 'joining'
  | 'waiting for the start'
  | 'on sale'
  | 'settling'
  | 'telling all that follows'
  | 'auditing';

export interface Scene {
  phase: Phase;
  crowd: Crowd | undefined;
  buyers: number;
  stock: number;
  startedAt: number;
}

const BAR = 30;

function bar(part: number, whole: number): string {
  const full = Math.min(BAR, Math.round((BAR * part) / Math.max(1, whole)));
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

export function draw(scene: Scene): Picture {
  const { crowd, stock, buyers } = scene;
  const phase = phaseOf(scene);
  const clock = `${((performance.now() - scene.startedAt) / 1000).toFixed(1).padStart(5)} s`;
  if (crowd === undefined) return { lines: [`${clock}  ${phase}`], line: '' };
  const { tally } = crowd;
  if (tally.answered === 0 && phase !== 'on sale') {
    const done = phase === 'signing in' ? tally.signedIn : phase === 'joining' ? tally.room.joined : tally.tokens;
    const text = `${phase} ${number(done)} of ${number(buyers)}`;
    return { lines: [`${clock}  ${bar(done, buyers)}  ${text}`], line: `${clock}  ${text}` };
  }
  const sold = liveUnits(tally);
  const orders = `orders ${number(tally.ordered.count)}, paid ${number(tally.end('PAID'))}, cancelled ${number(tally.end('CANCELLED'))}, resold ${number(tally.resold(stock))}`;
  const room = tally.room.joined === 0 ? '' : `, ${roomText(tally.room)}`;
  const waiting =
    room !== '' ? room : crowd.resale === undefined ? '' : `, ${number(crowd.resale.waiting)} buyers hope for a returned unit`;
  return {
    lines: [
      `${clock}  ${bar(tally.end('PAID'), stock)}  ${phase}`,
      `         stock left ${number(Math.max(0, stock - sold))} of ${number(stock)}${waiting}`,
      `         answers    ${answers(tally)}`,
      `         orders     ${orders.slice('orders '.length)}`,
    ],
    line: `${clock}  ${phase}: ${answers(tally)}; stock left ${number(Math.max(0, stock - sold))}${room}; ${orders}`,
  };
}

function phaseOf({ phase, crowd, buyers }: Scene): Phase {
  if ((phase !== 'fetching purchase tokens' && phase !== 'joining') || crowd === undefined) return phase;
  const { openedAt } = crowd.tally;
  if (openedAt > 0 && performance.now() >= openedAt) return 'on sale';
  return phase === 'joining' || crowd.tally.tokens < buyers ? phase : 'waiting for the start';
}

const roomText = ({ joined, turns, missed }: RoomTally): string =>
  `${number(joined)} joined, ${number(turns)} turns, ${number(missed)} missed`;

/** Live units as the buyers know them: every RESERVED holds a unit until its buyer has seen the cancel. */
function liveUnits(tally: Tally): number {
  return tally.count('RESERVED') - tally.end('CANCELLED') - tally.end('REFUNDED') - tally.end('REJECTED');
}

function answers(tally: Tally): string {
  const parts = [...tally.answers].map(([code, latencies]) => `${code} ${number(latencies.count)}`);
  return parts.length === 0 ? 'none yet' : parts.join(', ');
}
