import { isReservationId, isUuid, Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { NatsLink } from '../../links/nats-link.ts';

export interface AdminParts {
  nats: NatsLink;
}

/** The part of the schema that all admin routes share. */
export const operatorCall = { tags: ['admin'], security: [{ admin: [] }] };

export const ofSale = Type.Object({ saleId: Type.String() });
export const ofOrder = Type.Object({ orderId: Type.String() });
export const ofWebhook = Type.Object({ webhookId: Type.String() });

/** Returns the sale id of the address. Throws NOT_FOUND if no sale can have it, so that no worker is asked. */
export function knownSale({ saleId }: { saleId: string }): { saleId: string } {
  if (!isUuid(saleId)) throw new Problem('NOT_FOUND');
  return { saleId };
}

/** Returns the order id of the address. Throws NOT_FOUND if no order can have it, so that no worker is asked. */
export function knownOrder({ orderId }: { orderId: string }): { orderId: string } {
  if (!isReservationId(orderId)) throw new Problem('NOT_FOUND');
  return { orderId };
}

/** Returns the webhook id of the address. Throws NOT_FOUND if no endpoint can have it, so that no worker is asked. */
export function knownWebhook({ webhookId }: { webhookId: string }): { webhookId: string } {
  if (!isUuid(webhookId)) throw new Problem('NOT_FOUND');
  return { webhookId };
}
