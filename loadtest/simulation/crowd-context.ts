import type { AdminSale } from 'seckill-core';
import type { BuyerApi } from './api/buyer-api.ts';
import type { Behaviour } from './behaviour.ts';
import type { Buyer } from './buyer.ts';
import type { Resale } from './resale.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { Tally } from './tally.ts';
import type { Till } from './till.ts';

/** The sale a crowd comes for. */
export interface SaleToRush {
  saleId: string;
  itemId: string;
  stock: number;
  /** ms since 1970, the platform's clock. */
  startsAt: number;
  admission: 'open' | 'queue' | 'draw';
  /** A turn that is not taken up in this time is missed, ms. 0 if the sale is open. */
  staleMs: number;
}

/** A sale as its crowd sees it. `item` is the index of the item that the crowd wants. */
export function saleToRush({ saleId, items, startsAt, admission = 'open', waitingRoom }: AdminSale, item = 0): SaleToRush {
  const wanted = items[item];
  if (wanted === undefined) throw new Error(`The sale ${saleId} has no item ${item}.`);
  return {
    saleId,
    itemId: wanted.itemId,
    stock: wanted.stock,
    startsAt: Date.parse(startsAt),
    admission,
    staleMs: (waitingRoom?.staleSeconds ?? 0) * 1_000,
  };
}

/** What every buyer of a crowd shares. */
export interface CrowdContext {
  api: BuyerApi;
  behaviour: Behaviour;
  tally: Tally;
  sale: SaleToRush;
  resale: Resale;
  till: Till;
  /** Names of payment providers that the buyers choose in turn. Empty: the shop's usual one. */
  providers: readonly string[];
  random: () => number;
  stop: StopSwitch;
  /** The gateway a buyer is connected to. */
  gatewayOf: (buyer: Buyer) => string;
  /** Moves to the next gateway, after a fault. */
  moveOn: (buyer: Buyer) => void;
  /** The platform's clock now, ms since 1970. */
  now: () => number;
}
