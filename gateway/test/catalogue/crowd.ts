import { newReservationId } from 'seckill-core';
import { Turns } from '../../src/catalogue/turns.ts';
import { Visitors } from '../../src/catalogue/visitors.ts';
import { retryDelay } from '../../web/storefront/purchase/waiting-times.ts';
import { saleSettings } from '../support/sales.ts';

export interface CrowdWanted {
  buyers: number;
  ratePerSecond: number;
  burst: number;
  stock: number;
  /** All buyers arrive in this time. */
  arriveWithinMs: number;
  seconds: number;
  /** Share of the refused buyers who never return. */
  gone?: number;
}

export interface CrowdSeen {
  /** Requests in each second. */
  requests: number[];
  /** Wins in each second. */
  wins: number[];
  /** Tries of the winners and of those who still wait. */
  mostTries: number;
  /** ms; no wait was longer. */
  longestWaitMs: number;
}

/** Plays a crowd that obeys every wait, on one gateway, in virtual time: buyers, turns, and a token bucket in whole ms. */
export function playCrowd(wanted: CrowdWanted): CrowdSeen {
  const { buyers, ratePerSecond, burst, stock, arriveWithinMs, seconds, gone = 0 } = wanted;
  const random = seeded(7);
  const sale = saleSettings({ stock, rateLimit: { ratePerSecond, burst } });
  const [settings] = sale.items;
  if (settings === undefined) throw new Error('The sale has an item.');
  const item = { itemId: settings.itemId, sale: { ...sale, endsAt: seconds * 10_000 }, left: stock, gateways: 1 };
  const turns = new Turns(item, new Visitors(), random);
  const id = newReservationId(settings.itemId);

  const calendar: number[][] = [];
  const come = (buyer: number, at: number) => {
    const ms = Math.ceil(at);
    const others = calendar[ms];
    if (others === undefined) calendar[ms] = [buyer];
    else others.push(buyer);
  };
  const tries = new Uint32Array(buyers);
  const seen: CrowdSeen = { requests: counts(seconds), wins: counts(seconds), mostTries: 0, longestWaitMs: 0 };
  let thousandths = burst * 1_000;
  for (let buyer = 0; buyer < buyers; buyer += 1) come(buyer, random() * arriveWithinMs);

  for (let now = 0; now < seconds * 1_000; now += 1) {
    const second = Math.floor(now / 1_000);
    thousandths = Math.min(burst * 1_000, thousandths + ratePerSecond);
    for (const buyer of calendar[now] ?? []) {
      seen.requests[second] = (seen.requests[second] ?? 0) + 1;
      tries[buyer] = (tries[buyer] ?? 0) + 1;
      seen.mostTries = Math.max(seen.mostTries, tries[buyer] ?? 0);
      if (item.left === 0) continue;
      let waitMs = turns.waitMs(`u${buyer}`, id, now, now);
      if (waitMs === 0) {
        if (thousandths >= 1_000) {
          thousandths -= 1_000;
          item.left -= 1;
          seen.wins[second] = (seen.wins[second] ?? 0) + 1;
          continue;
        }
        waitMs = turns.limited(`u${buyer}`, Math.ceil((1_000 - thousandths) / ratePerSecond), now, now);
      }
      seen.longestWaitMs = Math.max(seen.longestWaitMs, waitMs);
      if (random() >= gone) come(buyer, now + retryDelay(0, Math.ceil(waitMs), random));
    }
    delete calendar[now];
  }
  return seen;
}

const counts = (length: number): number[] => new Array<number>(length).fill(0);

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
