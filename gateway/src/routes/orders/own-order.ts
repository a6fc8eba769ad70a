import { isReservationId, Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { NatsLink } from '../../links/nats-link.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';

/** Orders live in PostgreSQL, so a worker answers. */
export interface OrderParts {
  accessTokens: AccessTokens;
  nats: NatsLink;
}

/** The part of the schema that all order routes share. */
export const buyerCall = { tags: ['orders'], security: [{ user: [] }] };

export const ofOrder = Type.Object({ orderId: Type.String() });

/** Returns the ids that a worker needs to find the order. Throws UNAUTHENTICATED, or NOT_FOUND if no order can have the id. */
export async function ownOrder(
  accessTokens: AccessTokens,
  { headers, params }: { headers: { authorization?: string | undefined }; params: { orderId: string } },
): Promise<{ userId: string; orderId: string }> {
  const userId = await accessTokens.userOf(headers.authorization);
  if (!isReservationId(params.orderId)) throw new Problem('NOT_FOUND');
  return { userId, orderId: params.orderId };
}
