import { type OrderEventName, type SaleEventName, wantsEvent } from 'seckill-core';
import type { EventKind, LaneWish } from '../listeners/acting/acting-listener.ts';

/** The name of the listener, and the beginning of the names of its lanes. */
export const WEBHOOKS = 'webhooks';

export const laneOf = (webhookId: string): string => `${WEBHOOKS}/${webhookId}`;

/** The API's name of an event, such as `order.paid`, by the type of its CloudEvent. */
export const eventOfType = (type: string): string => /^seckill\.(.+)\.v\d+$/.exec(type)?.[1] ?? type;

export interface Wish {
  id: string;
  events: readonly string[];
  saleIds: readonly string[];
  createdAt: Date;
}

/** Returns which events an endpoint wants. Asked for every message and every endpoint, so it remembers its answers. */
export function wishOf({ id, events, saleIds, createdAt }: Wish): LaneWish {
  const sales = new Set(saleIds);
  const known = new Map<`${'order' | 'sale'}.${OrderEventName | SaleEventName}`, boolean>();
  const wantsName = ({ of, event }: EventKind): boolean => {
    const name = `${of}.${event}` as const;
    const wanted = known.get(name) ?? wantsEvent(events, name);
    known.set(name, wanted);
    return wanted;
  };
  return {
    name: laneOf(id),
    since: createdAt.getTime(),
    wants: (kind) => (sales.size === 0 || sales.has(kind.saleId)) && wantsName(kind),
  };
}
