import { IsoTime, newReservationId, OrderId, Problem, type PurchaseTokens, saleStateAt } from 'seckill-core';
import { Type } from 'typebox';
import type { Admission } from '../../admission/admission.ts';
import { findSale } from '../../catalogue/find-sale.ts';
import type { ItemObserver } from '../../catalogue/item-observer.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { ServerClock } from '../../catalogue/server-clock.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';

/** A token is valid for this long after the start, or after it was given out if that is later. */
const LIFE_MS = 10 * 60 * 1_000;
const RETRY_AFTER_MS = 1_000;
const TOKEN_ANSWERS = [
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'TOO_MANY_TOKENS',
  'NOT_OPEN_YET',
  'NOT_FOUND',
  'SOLD_OUT',
  'SALE_ENDED',
  'UNAVAILABLE',
] as const;

export interface PurchaseTokenParts {
  accessTokens: AccessTokens;
  purchaseTokens: PurchaseTokens;
  admission: Admission;
  clock: ServerClock;
  observer: ItemObserver;
  sales: SalesMemory;
}

/** Answers from memory, which is read again twice a second, because all buyers call this at the start of a sale. */
export async function purchaseTokenRoute(app: App, parts: PurchaseTokenParts): Promise<void> {
  const { accessTokens, purchaseTokens, admission, clock, observer, sales } = parts;

  app.post(
    '/api/sales/:saleId/items/:itemId/purchase-token',
    {
      schema: {
        tags: ['buying'],
        summary: 'Get a purchase token for an item',
        description:
          'Available from `tokenLeadSeconds` before the start. Use the token once the sale has started, and again after any answer that is not final.',
        security: [{ user: [] }],
        params: Type.Object({ saleId: Type.String(), itemId: Type.String() }),
        response: {
          201: Type.Object({ purchaseToken: Type.String(), reservationId: OrderId, opensAt: IsoTime, expiresAt: IsoTime }),
          ...problems(...TOKEN_ANSWERS),
        },
      },
    },
    async (request, reply) => {
      const { userId, priority } = await accessTokens.read(request.headers.authorization);
      if (admission.load.isOverloaded) throw new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
      const sale = await findSale(sales, request.params.saleId);
      const item = sales.item(request.params.itemId);
      if (item?.sale.saleId !== sale.saleId) throw new Problem('NOT_FOUND');

      const now = clock.now();
      if (saleStateAt(sale, now) === 'ENDED') throw new Problem('SALE_ENDED');
      const givenFrom = sale.startsAt - sale.tokenLeadSeconds * 1_000;
      if (now < givenFrom) throw new Problem('NOT_OPEN_YET', undefined, givenFrom - now);
      await observer.lookAt([item]);
      if (item.isSoldOut(performance.now())) throw new Problem('SOLD_OUT');

      const waitMs = item.tokenWaitMs(userId, performance.now());
      if (waitMs > 0) throw new Problem('TOO_MANY_TOKENS', undefined, waitMs);
      item.answers.TOKENS += 1;
      const reservationId = newReservationId(item.itemId, now);
      const expiresAt = Math.floor(Math.min(Math.max(now, sale.startsAt), sale.endsAt) / 1_000) + LIFE_MS / 1_000;
      reply.statusCode = 201;
      return {
        purchaseToken: purchaseTokens.sign({ reservationId, userId, expiresAt, priority }),
        reservationId,
        opensAt: new Date(sale.startsAt).toISOString(),
        expiresAt: new Date(expiresAt * 1_000).toISOString(),
      };
    },
  );
}
