import type { OrderEvent } from 'seckill-core';
import { loadStatement } from '../../../servers/statement.ts';
import type { Sink } from '../../sink.ts';
import { eventsTable, jsonOf, ordersTable, type Table } from '../../tables.ts';

/** In ClickHouse's own words: many rows, seldom. */
const MOST_EVENTS = 5_000;
const ANSWER_WITHIN_MS = 30_000;

const TABLES = [
  { table: eventsTable, name: 'seckill_events', create: loadStatement(import.meta.url, 'create-events') },
  { table: ordersTable, name: 'seckill_orders', create: loadStatement(import.meta.url, 'create-orders') },
] as const;

export interface ClickHouse {
  url: string;
  database: string;
  user: string;
  password: string;
}

/**
 * Inserts each batch into two tables, which keep one row for each event and the newest version of each order. A batch that is inserted again has the same
 * deduplication token; and whatever gets through has the same key, so it replaces its row.
 */
export function clickHouseSink({ everyMs, ...server }: ClickHouse & { everyMs: number }): Sink {
  return {
    mostEvents: MOST_EVENTS,
    everyMs,
    async write({ name: batch, events }) {
      for (const { table, name } of TABLES) await insert(server, { table, into: name, token: `${name}-${batch}` }, events);
    },
    async prepare() {
      for (const { create } of TABLES) await ask(server, { query: create });
    },
  };
}

async function insert(
  server: ClickHouse,
  { table, into, token }: { table: Table<OrderEvent>; into: string; token: string },
  events: readonly OrderEvent[],
): Promise<void> {
  const rows = table.rows(events);
  if (rows.length === 0) return;
  const columns = table.columns.map(({ name }) => name).join(', ');
  await ask(server, {
    query: `INSERT INTO ${into} (${columns}) FORMAT JSONEachRow`,
    // Times in ISO 8601, and large integers as JSON numbers.
    date_time_input_format: 'best_effort',
    insert_deduplication_token: token,
    body: rows.map((row) => jsonOf(table, row)).join('\n'),
  });
}

/** Sends one statement. Its settings go in the address, as ClickHouse's HTTP interface has it. */
async function ask(
  { url, database, user, password }: ClickHouse,
  { body, ...parameters }: Record<string, string> & { query: string; body?: string },
): Promise<void> {
  const address = new URL(url);
  for (const [name, value] of Object.entries({ database, ...parameters })) address.searchParams.set(name, value);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    body: body ?? '',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const answer = await response.text();
  if (!response.ok)
    throw new Error(`ClickHouse at ${address.host} refused with HTTP ${response.status}: ${answer.slice(0, 300).trim()}`);
}
