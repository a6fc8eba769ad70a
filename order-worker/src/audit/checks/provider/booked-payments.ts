import type { Prisma } from 'seckill-prisma';
import { EAST_HOURS, WEST_HOURS } from './days.ts';

/** Rows fetched at once, so that memory stays small however many payments a sale has. */
const FETCH = 2_000;

/** What PostgreSQL has of a payment. Times in ms. */
export interface BookedPayment {
  paymentId: string;
  orderId: string;
  status: string;
  isReceived: boolean;
  /** What it brought; of one that was not received, what it has to bring. */
  amountCents: number;
  currency: string;
  /** When its money came; of one that was not received, when it can have come. */
  from: number;
  to: number;
  refunds: BookedRefund[];
}

export interface BookedRefund {
  refundId: string;
  state: string;
  amountCents: number;
  currency: string;
  /** When it was done; 0 if it is not. */
  doneAt: number;
  /** The provider had refused it, and an operator has settled it elsewhere. */
  settledOutside: boolean;
}

const RECEIVED = "p.status IN ('SUCCEEDED', 'REFUNDED')";
const FROM = `CASE WHEN ${RECEIVED} THEN coalesce(p.paid_at, p.created_at) ELSE p.created_at END`;
/** A checkout that could not be closed is given up after a day. */
const TO = `CASE WHEN ${RECEIVED} THEN coalesce(p.paid_at, p.received_at, p.created_at)
  ELSE coalesce(p.closed_at, o.pay_by + interval '1 day') END`;
const MS = (time: string): string => `coalesce(round(date_part('epoch', ${time}) * 1000), 0)`;

/** One text a row: Prisma's rows of columns take three times the CPU. A payment that no order keeps goes back as it came. */
const BOOKED = `
  SELECT json_build_object('paymentId', p.id, 'orderId', p.order_id, 'status', p.status, 'isReceived', ${RECEIVED},
    'amountCents', coalesce(f.brought, p.amount_cents), 'currency', coalesce(f.currency, p.currency), 'from', ${MS(FROM)}, 'to', ${MS(TO)},
    'refunds', coalesce(f.refunds, '[]'))::text AS line
  FROM payments p
  JOIN orders o ON o.id = p.order_id
  LEFT JOIN LATERAL (
    SELECT max(r.amount_cents) FILTER (WHERE r.reason <> 'operator') AS brought, max(r.currency) FILTER (WHERE r.reason <> 'operator') AS currency,
      json_agg(json_build_object('refundId', r.id, 'state', r.state, 'amountCents', r.amount_cents, 'currency', r.currency,
        'doneAt', ${MS('r.done_at')}, 'settledOutside', r.settled_by IS NOT NULL)) AS refunds
    FROM refunds r
    WHERE r.payment_id = p.id
  ) f ON true`;

interface OfProvider {
  saleId: string;
  provider: string;
}

const parse = (rows: readonly { line: string }[]): BookedPayment[] => rows.map(({ line }) => JSON.parse(line) as BookedPayment);

/** Returns those of the payments that are the sale's and the provider's, by id. */
export async function readBooked(
  prisma: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  { saleId, provider }: OfProvider,
  paymentIds: readonly string[],
): Promise<Map<string, BookedPayment>> {
  const where = 'WHERE p.id = ANY ($1::uuid[]) AND o.sale_id = $2::uuid AND p.provider = $3';
  const rows = await prisma.$queryRawUnsafe<{ line: string }[]>(`${BOOKED} ${where}`, paymentIds, saleId, provider);
  return new Map(parse(rows).map((payment) => [payment.paymentId, payment]));
}

/** Yields all payments of a sale at a provider in portions, the newest first. Can be used once in a transaction. */
export async function* bookedPayments(
  tx: Prisma.TransactionClient,
  { saleId, provider }: OfProvider,
): AsyncGenerator<BookedPayment[]> {
  // A cursor takes no parameters, so they come from a setting of the transaction.
  await tx.$queryRawUnsafe(`SELECT set_config('audit.sale', $1, true), set_config('audit.provider', $2, true)`, saleId, provider);
  await tx.$executeRawUnsafe(`
    DECLARE booked NO SCROLL CURSOR FOR ${BOOKED}
    WHERE o.sale_id = current_setting('audit.sale')::uuid AND p.provider = current_setting('audit.provider')
    ORDER BY p.id DESC`);
  for (;;) {
    const rows = await tx.$queryRawUnsafe<{ line: string }[]>(`FETCH ${FETCH} FROM booked`);
    if (rows.length === 0) break;
    yield parse(rows);
  }
  await tx.$executeRawUnsafe('CLOSE booked');
}

/** Returns the days on which money of a sale can have moved, on any provider's calendar, by provider. The same as `daysOf`. */
export async function daysOfMoney(
  prisma: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  saleId: string,
): Promise<Map<string, string[]>> {
  const rows = await prisma.$queryRawUnsafe<{ provider: string; day: string }[]>(
    `WITH moved AS (
      SELECT p.provider, ${FROM} AS "from", ${TO} AS "to" FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.sale_id = $1::uuid
      UNION ALL
      SELECT p.provider, coalesce(r.done_at, r.created_at), coalesce(r.done_at, statement_timestamp())
      FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
      WHERE o.sale_id = $1::uuid
    )
    SELECT DISTINCT provider, to_char(day, 'YYYY-MM-DD') AS day
    FROM moved, generate_series(date_trunc('day', ("from" - $2::interval) AT TIME ZONE 'UTC'),
      (least("to", statement_timestamp()) + $3::interval) AT TIME ZONE 'UTC', '1 day') AS day
    ORDER BY provider, day`,
    saleId,
    `${WEST_HOURS} hours`,
    `${EAST_HOURS} hours`,
  );
  const days = new Map<string, string[]>();
  for (const { provider, day } of rows) days.set(provider, [...(days.get(provider) ?? []), day]);
  return days;
}
