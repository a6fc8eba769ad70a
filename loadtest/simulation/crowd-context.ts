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
}

/** What every buyer of a crowd shares. */
export interface CrowdContext {
  api: BuyerApi;
  behaviour: Behaviour;
  tally: Tally;
  sale: SaleToRush;
  resale: Resale;
  till: Till;
  random: () => number;
  stop: StopSwitch;
  /** The gateway a buyer is connected to. */
  gatewayOf: (buyer: Buyer) => string;
  /** After a fault: the next one. */
  moveOn: (buyer: Buyer) => void;
  /** The platform's clock now, ms since 1970. */
  now: () => number;
}
