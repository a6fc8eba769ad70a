import {
  difficultyOf,
  IsoTime,
  newReservationId,
  OrderId,
  Problem,
  type PurchaseClaims,
  type PurchaseTokens,
  type SaleSettings,
  saleStateAt,
  type TicketIds,
} from 'seckill-core';
import { Type } from 'typebox';
import type { Admission } from '../../admission/admission.ts';
import { type Challenges, TokenChallenge } from '../../admission/risk/challenges.ts';
import { type RiskGate, usableFrom } from '../../admission/risk/risk-gate.ts';
import { findSale } from '../../catalogue/find-sale.ts';
import type { ItemObserver } from '../../catalogue/item-observer.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { ServerClock } from '../../catalogue/server-clock.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';
import type { Claims } from '../../waiting-room/claims.ts';
import type { Rooms } from '../../waiting-room/rooms.ts';

/** A token is valid for this long after the start, or after it was given out if that is later. */
const LIFE_MS = 10 * 60 * 1_000;
const RETRY_AFTER_MS = 1_000;
const TOKEN_ANSWERS = [
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'TOO_MANY_TOKENS',
  'NOT_OPEN_YET',
  'NOT_ADMITTED',
  'BLOCKED',
  'NOT_FOUND',
  'SOLD_OUT',
  'SALE_ENDED',
  'UNAVAILABLE',
] as const;

export interface PurchaseTokenParts {
  accessTokens: AccessTokens;
  purchaseTokens: PurchaseTokens;
  risk: RiskGate;
  challenges: Challenges;
  admission: Admission;
  clock: ServerClock;
  observer: ItemObserver;
  sales: SalesMemory;
  rooms: Rooms;
  claims: Claims;
  ticketIds: TicketIds;
}

/** Answers from memory, which is read again twice a second, because all buyers call this at the start of a sale. */
export async function purchaseTokenRoute(app: App, parts: PurchaseTokenParts): Promise<void> {
  const { accessTokens, risk, admission, clock, observer, sales } = parts;

  app.post(
    '/api/sales/:saleId/items/:itemId/purchase-token',
    {
      schema: {
        tags: ['buying'],
        summary: 'Get a purchase token for an item',
        description:
          'Available from `tokenLeadSeconds` before the start. Use the token once the sale has started, and again after any answer that is not final. ' +
          'In a sale with a waiting room it takes up the turn of its user, is the same for each call, and expires with the time to buy.',
        security: [{ user: [] }],
        params: Type.Object({ saleId: Type.String(), itemId: Type.String() }),
        response: {
          201: Type.Object({
            purchaseToken: Type.String(),
            reservationId: OrderId,
            opensAt: IsoTime,
            expiresAt: IsoTime,
            challenge: Type.Optional(TokenChallenge),
          }),
          ...problems(...TOKEN_ANSWERS),
        },
      },
    },
    async (request, reply) => {
      const user = await accessTokens.read(request.headers.authorization);
      const { userId, priority } = user;
      if (admission.load.isOverloaded) throw new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
      const sale = await findSale(sales, request.params.saleId);
      const item = sales.item(request.params.itemId);
      if (item?.sale.saleId !== sale.saleId) throw new Problem('NOT_FOUND');

      const now = clock.now();
      if (saleStateAt(sale, now) === 'ENDED') throw new Problem('SALE_ENDED');
      const givenFrom = sale.startsAt - sale.tokenLeadSeconds * 1_000;
      if (now < givenFrom) throw new Problem('NOT_OPEN_YET', undefined, givenFrom - now);
      // First: a turn is not taken up for a user who is blocked.
      const grade = await risk.gradeOf(item, user, request, now);
      const claimed = await idsOfClaim(parts, sale, item.itemId, userId);
      await observer.lookAt([item]);
      if (item.isSoldOut(performance.now())) throw new Problem('SOLD_OUT');

      // A claim has one token, however often its user asks.
      const waitMs = claimed === undefined ? item.tokenWaitMs(userId, performance.now()) : 0;
      if (waitMs > 0) throw new Problem('TOO_MANY_TOKENS', undefined, waitMs);
      item.answers.TOKENS += 1;
      const ids = claimed ?? idsFrom(sale, item.itemId, now);
      reply.statusCode = 201;
      return newToken(parts, sale, { ...ids, userId, priority, grade });
    },
  );
}

/** Signs a token, with the challenge that its grade asks for. */
async function newToken(
  { purchaseTokens, challenges }: Pick<PurchaseTokenParts, 'purchaseTokens' | 'challenges'>,
  sale: SaleSettings,
  claims: Required<PurchaseClaims>,
) {
  const { reservationId, expiresAt, grade } = claims;
  const difficulty = difficultyOf(grade);
  const from = usableFrom(sale, reservationId);
  const challenge = difficulty && (await challenges.make(reservationId, difficulty, { from, expiresAt }));
  return {
    purchaseToken: purchaseTokens.sign(claims),
    reservationId,
    opensAt: new Date(sale.startsAt).toISOString(),
    expiresAt: new Date(expiresAt * 1_000).toISOString(),
    ...(challenge && { challenge }),
  };
}

/** `expiresAt` in Unix seconds. */
interface TokenIds {
  reservationId: string;
  expiresAt: number;
}

function idsFrom(sale: SaleSettings, itemId: string, now: number): TokenIds {
  const expiresAt = Math.floor(Math.min(Math.max(now, sale.startsAt), sale.endsAt) / 1_000) + LIFE_MS / 1_000;
  return { reservationId: newReservationId(itemId, now), expiresAt };
}

/** Undefined if the sale has no waiting room. Throws NOT_ADMITTED if it is not the user's turn. */
async function idsOfClaim(
  { rooms, claims, ticketIds }: Pick<PurchaseTokenParts, 'rooms' | 'claims' | 'ticketIds'>,
  sale: SaleSettings,
  itemId: string,
  userId: string,
): Promise<TokenIds | undefined> {
  const room = rooms.ofSale(sale);
  if (room === undefined) return undefined;
  const claim = await claims.claim(room, userId);
  const since = claim.until - room.sale.waitingRoom.claimSeconds * 1_000;
  return {
    reservationId: ticketIds.reservationOf(itemId, claim, userId, since),
    expiresAt: Math.floor(claim.until / 1_000),
  };
}
