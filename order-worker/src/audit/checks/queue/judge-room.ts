import type { WaitingRoom } from 'seckill-core';
import type { RoomBook, Taken } from './room-book.ts';
import type { RoomFault } from './room-fault.ts';

/** Clocks of Redis servers in a cluster may differ, and turns of one second are one. */
const TOLERANCE_MS = 1_000;
/** A request that began before the claim ended may be decided a little later. */
const LATE_WIN_MS = 10_000;

/** A win of a sale with a waiting room: an order in PostgreSQL. */
export interface Win {
  orderId: string;
  userId: string;
  /** ms on Redis's clock. */
  reservedAt: number;
}

/** Compares what the stream says with itself, and with the wins. `seed` is that of the sale. */
export async function judgeRoom(
  book: RoomBook,
  wins: readonly Win[],
  { seed, waitingRoom }: { seed: string; waitingRoom: WaitingRoom },
): Promise<RoomFault[]> {
  const placeOf = await book.shuffle(seed);
  const served = [...book.turns.n.settle(), ...book.turns.p.settle()];
  const wonAt = new Map<string, number>(book.used);
  for (const { userId, reservedAt } of wins) wonAt.set(userId, Math.min(reservedAt, wonAt.get(userId) ?? reservedAt));
  const takenBy = new Map<string, Taken[]>();
  for (const taken of book.taken) {
    const others = takenBy.get(taken.userId);
    if (others === undefined) takenBy.set(taken.userId, [taken]);
    else others.push(taken);
  }
  return [
    ...book.faults,
    ...served,
    ...book.taken.flatMap((taken) => judgeTaken(book, taken, placeOf(taken))),
    ...book.rejoined.flatMap((each) => judgeRejoined(book, each, { placeOf, takenBy, wonAt, waitingRoom })),
    ...wins.flatMap((win) => judgeWin(win, takenBy.get(win.userId))),
  ];
}

function judgeTaken(book: RoomBook, taken: Taken, place: number | undefined): RoomFault[] {
  const { userId, lane, number, at, watermark, isVoid } = taken;
  const ticket = `${lane}${number}`;
  if (!isVoid && !book.isTicketOf(userId, taken))
    return [{ id: ticket, says: `User ${userId} took up the turn of ticket ${ticket}, which is not theirs.` }];
  if (!isVoid && place !== undefined && place !== taken.place)
    return [
      { id: ticket, says: `Ticket ${ticket} of user ${userId} took up place ${taken.place}, and the shuffle gave it ${place}.` },
    ];
  const servedAt = book.turns[lane].servedAt(taken.place);
  // The turn may have been given by a gateway that died before it could publish it: then only the script knew, as in an epoch that is void.
  const isKnown = servedAt !== undefined && !isVoid;
  if (isKnown ? servedAt <= at + TOLERANCE_MS : taken.place <= watermark) return [];
  const when = new Date(at).toISOString();
  return [
    { id: ticket, says: `User ${userId} took up place ${taken.place} of lane ${lane} at ${when}, before it had its turn.` },
  ];
}

interface Evidence {
  placeOf: (ticket: { lane: 'n' | 'p'; number: number }) => number | undefined;
  takenBy: ReadonlyMap<string, readonly Taken[]>;
  wonAt: ReadonlyMap<string, number>;
  waitingRoom: WaitingRoom;
}

/** A user has one ticket that counts: the one before must have been used, have ended, or have missed its turn. */
function judgeRejoined(
  book: RoomBook,
  { userId, before, after }: RoomBook['rejoined'][number],
  { placeOf, takenBy, wonAt, waitingRoom }: Evidence,
): RoomFault[] {
  const [first, second] = [`${before.lane}${before.number}`, `${after.lane}${after.number}`];
  if (before.lane === after.lane && after.number < before.number)
    return [{ id: second, says: `User ${userId} got ticket ${second} after ${first}: numbers must grow.` }];
  const at = after.at + TOLERANCE_MS;
  const claim = takenBy.get(userId)?.find(({ lane, number }) => lane === before.lane && number === before.number);
  const place = placeOf(before);
  const servedAt = place === undefined ? undefined : book.turns[before.lane].servedAt(place);
  const hadTurn = place === undefined || place <= book.history.lanes[before.lane].served;
  const isOver =
    claim === undefined
      ? hadTurn && (servedAt ?? 0) + waitingRoom.staleSeconds * 1_000 <= at
      : claim.until <= at || (wonAt.get(userId) ?? Number.POSITIVE_INFINITY) <= at;
  if (isOver) return [];
  return [{ id: second, says: `User ${userId} got ticket ${second} while ticket ${first} still had its place or its claim.` }];
}

function judgeWin({ orderId, userId, reservedAt }: Win, taken: readonly Taken[] = []): RoomFault[] {
  if (taken.some(({ at, until }) => at <= reservedAt + TOLERANCE_MS && reservedAt <= until + LATE_WIN_MS)) return [];
  const when = new Date(reservedAt).toISOString();
  const why = taken.length === 0 ? 'never took up a turn' : 'had no claim then';
  return [{ id: orderId, says: `Order ${orderId} was won at ${when} by user ${userId}, who ${why}.` }];
}
