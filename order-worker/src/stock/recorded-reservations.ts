import type { Prisma } from 'seckill-prisma';

/** Rows fetched at once, so that memory stays small however many orders an item has. */
const FETCH = 5_000;

/** What PostgreSQL holds of a reservation. Times in ms; `payBy` is 0 for a rejection. */
export interface RecordedReservation {
  reservationId: string;
  userId: string;
  quantity: number;
  reservedAt: number;
  payBy: number;
  status: 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED' | 'REJECTED';
}

const ORDER = `id::text AS "reservationId", user_id AS "userId", quantity,
  round(extract(epoch FROM reserved_at) * 1000)::float8 AS "reservedAt",
  round(extract(epoch FROM pay_by) * 1000)::float8 AS "payBy", status::text AS status`;
const REJECTION = `reservation_id::text, user_id, quantity, round(extract(epoch FROM created_at) * 1000)::float8, 0::float8, 'REJECTED'`;

/**
 * One text a row: Prisma's rows of columns take three times the CPU, at a million rows three seconds more. The user is last, as it may hold
 * any character.
 */
const LINE = (
  id: string,
  userId: string,
  reservedAt: string,
  payBy: string,
  status: string,
): string => `concat_ws('|', ${id}, ${status},
  quantity, round(date_part('epoch', ${reservedAt}) * 1000), ${payBy}, ${userId}) AS line`;

/** Yields all orders and rejections of an item in portions, as of the first one. Reads one portion ahead. Can be used once in a transaction. */
export async function* recordedReservations(tx: Prisma.TransactionClient, itemId: string): AsyncGenerator<RecordedReservation[]> {
  if (!/^[0-9a-f]{6}$/.test(itemId)) throw new Error(`"${itemId}" is not an item id.`);
  // A cursor takes no parameters. The id is safe: it was checked above.
  await tx.$executeRawUnsafe(`
    DECLARE recorded NO SCROLL CURSOR FOR
    SELECT ${LINE('id', 'user_id', 'reserved_at', "round(date_part('epoch', pay_by) * 1000)", 'status')}
    FROM orders WHERE item_id = '${itemId}'
    UNION ALL
    SELECT ${LINE('reservation_id', 'user_id', 'created_at', '0', "'REJECTED'")} FROM rejections WHERE item_id = '${itemId}'`);
  const fetch = () => tx.$queryRawUnsafe<{ line: string }[]>(`FETCH ${FETCH} FROM recorded`).then((rows) => rows);
  let next = fetch();
  for (;;) {
    const rows = await next;
    if (rows.length === 0) break;
    next = fetch();
    // If the caller stops here, the transaction fails, and this fetch with it.
    next.catch(() => undefined);
    yield rows.map(({ line }) => parseLine(line));
  }
  await tx.$executeRawUnsafe('CLOSE recorded');
}

function parseLine(line: string): RecordedReservation {
  const [reservationId = '', status, quantity, reservedAt, payBy] = line.split('|', 5);
  const numbers = `${quantity}|${reservedAt}|${payBy}|`;
  return {
    reservationId,
    userId: line.slice(reservationId.length + 1 + (status?.length ?? 0) + 1 + numbers.length),
    quantity: Number(quantity),
    reservedAt: Number(reservedAt),
    payBy: Number(payBy),
    status: status as RecordedReservation['status'],
  };
}

/** Reads the orders and rejections with these ids. */
export async function readRecorded(
  prisma: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  ids: readonly string[],
): Promise<Map<string, RecordedReservation>> {
  if (ids.length === 0) return new Map();
  const rows = await prisma.$queryRawUnsafe<RecordedReservation[]>(
    `SELECT ${ORDER} FROM orders WHERE id = ANY ($1::uuid[])
    UNION ALL
    SELECT ${REJECTION} FROM rejections WHERE reservation_id = ANY ($1::uuid[])`,
    ids,
  );
  return new Map(rows.map((row) => [row.reservationId, row]));
}

/** Like {@link readRecorded}, and keeps the orders from moving until the transaction ends: payments and cancels wait. */
export async function lockRecorded(
  tx: Prisma.TransactionClient,
  ids: readonly string[],
): Promise<Map<string, RecordedReservation>> {
  await tx.$queryRawUnsafe('SELECT 1 AS locked FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE', ids);
  return readRecorded(tx, ids);
}
