import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { ItemId, OrderId, SaleId } from '../domain/fields.ts';
import { isReservationId } from '../domain/ids.ts';
import { UserId } from '../domain/user-id.ts';
import { defineEvent, MalformedMessage, type Part, type Parts, parseMessage, reader } from './define-event.ts';

const NAME = 'stock-reserved';
const item = { saleId: SaleId, itemId: ItemId };
const winner = {
  reservationId: OrderId,
  userId: UserId,
  quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  reservedAt: Type.Integer({ minimum: 0, description: "ms, Redis's clock" }),
};

/** Their orders are made before those of others when workers are behind. */
const priority = Type.Optional(Type.Boolean());
/** The item is so hot that the orders of others must not wait behind its own. */
const hot = Type.Optional(Type.Boolean());

interface Address {
  saleId: string;
  itemId: string;
  priority?: boolean | undefined;
  hot?: boolean | undefined;
}

/**
 * The winners of one script call. The worker makes an order for each. Read it with {@link readWins}. Those with priority, and those of a hot item, have
 * their own subjects, see {@link PRIORITY_SUBJECTS} and {@link HOT_SUBJECTS}.
 */
export const stockReserved = defineEvent({
  name: NAME,
  schema: Type.Object({ ...item, priority, hot, winners: Type.Array(Type.Object(winner), { minItems: 1 }) }),
  subjects: 'seckill.reserved.*.*',
  subject: ({ saleId, itemId, ...lane }: Address) => `seckill.reserved.${saleId}.${itemId}${suffixOf(lane)}`,
  // All ids count: a relay may group the same winners in another way, and JetStream must not mistake one group for another.
  messageId: ({ winners }) => {
    const ids = winners.map(({ reservationId }) => reservationId).join();
    return winners.length === 1 ? ids : `winners:${hash('sha1', ids)}`;
  },
});

function suffixOf({ priority, hot }: Pick<Address, 'priority' | 'hot'>): string {
  if (priority) return '.priority';
  return hot ? '.hot' : '';
}

export type Winners = Static<typeof stockReserved.schema>;

/** The subjects of winners with priority: a worker that is behind finds them without reading those of all others first. */
export const PRIORITY_SUBJECTS = 'seckill.reserved.*.*.priority';

/** The subjects of a hot item's winners: a worker that is behind finds all others without reading these first. */
export const HOT_SUBJECTS = 'seckill.reserved.*.*.hot';

const winSchema = Type.Object({ ...item, ...winner });
/** A win: units of an item were taken from stock for a user. */
export type StockReserved = Static<typeof winSchema>;

/** Returns the message of these wins, all of one item. Throws a RangeError if there is none. */
export function winnersOf(wins: readonly StockReserved[]): Winners {
  const [first] = wins;
  if (first === undefined) throw new RangeError('A message of winners needs a winner.');
  const { saleId, itemId } = first;
  const winners = wins.map(({ reservationId, userId, quantity, reservedAt }) => ({
    reservationId,
    userId,
    quantity,
    reservedAt,
  }));
  return { saleId, itemId, winners };
}

const readItem = reader(NAME, Type.Object({ ...item, winners: Type.Array(Type.Unknown(), { minItems: 1 }) }));
const readWinner = reader(NAME, Type.Object(winner));
const readWin = reader(NAME, winSchema);

/**
 * Reads the wins of a message. One that cannot be read keeps no other from its order. Until ADR 27 each message was one win, and a stream may
 * hold such messages. Throws {@link MalformedMessage} if the message holds one win that cannot be read, or does not say which item was won.
 */
export function readWins(data: Uint8Array): Parts<StockReserved> {
  const message = parseMessage(NAME, data);
  if (typeof message === 'object' && message !== null && !('winners' in message)) return { parts: [{ value: readWin(message) }] };
  const { saleId, itemId, winners } = readItem(message);
  if (winners.length === 1) return { parts: [{ value: winOf(saleId, itemId, winners[0]) }] };
  const parts: Part<StockReserved>[] = [];
  for (const winner of winners) {
    try {
      parts.push({ value: winOf(saleId, itemId, winner) });
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      parts.push({ fault: error.message });
    }
  }
  return { parts, alone: (index) => aloneOf({ saleId, itemId, winners: [winners[index]] }) };
}

function winOf(saleId: string, itemId: string, winner: unknown): StockReserved {
  const { reservationId, userId, quantity, reservedAt } = readWinner(winner);
  return { reservationId, saleId, itemId, userId, quantity, reservedAt };
}

/** The message of one winner, who may be malformed. Its id names the reservation if it can, because an operator may have to find the winner by it. */
function aloneOf(message: { saleId: string; itemId: string; winners: [unknown] }): { data: string; messageId: string } {
  const data = JSON.stringify(message);
  const { reservationId } = (message.winners[0] ?? {}) as { reservationId?: unknown };
  const isNamed = typeof reservationId === 'string' && isReservationId(reservationId);
  return { data, messageId: isNamed ? reservationId : `winners:${hash('sha1', data)}` };
}

/** Reads the wins of a message, without those that are malformed. Throws as {@link readWins} does. */
export const winsIn = (data: Uint8Array): StockReserved[] =>
  readWins(data).parts.flatMap((part) => ('value' in part ? [part.value] : []));
