import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ClickHouseServer {
  url: string;
  /** Every statement, without its rows. */
  statements: string[];
  /** The rows of a table that `FINAL` would read: one for each key, the newest version. */
  rows(table: string): Record<string, unknown>[];
  /** Refuses everything with this text while it is set. */
  refusal: string | undefined;
  close(): Promise<void>;
}

const KEYS: Record<string, string> = { seckill_events: 'id', seckill_orders: 'order_id' };

/**
 * As much of ClickHouse's HTTP interface as the sink needs: statements in `query`, rows in the body, the user in two headers, blocks that are
 * recognised by their token, and tables that replace rows.
 */
export async function startClickHouse(user: string, password: string): Promise<ClickHouseServer> {
  const tables = new Map<string, Map<string, Record<string, unknown>>>();
  const tokens = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    const isUser = request.headers['x-clickhouse-user'] === user && request.headers['x-clickhouse-key'] === password;
    const fault = isUser ? (clickHouse.refusal ?? run(searchParams, body)) : 'Code: 516. DB::Exception: Authentication failed';
    response.writeHead(fault === undefined ? 200 : isUser ? 500 : 403).end(fault ?? '');
  });

  function run(parameters: URLSearchParams, body: string): string | undefined {
    const query = parameters.get('query') ?? '';
    clickHouse.statements.push(query);
    const created = /CREATE TABLE IF NOT EXISTS (\w+)/.exec(query)?.[1];
    if (created !== undefined) {
      if (!tables.has(created)) tables.set(created, new Map());
      return undefined;
    }
    const [, into = '', names = ''] = /^INSERT INTO (\w+) \(([^)]+)\) FORMAT JSONEachRow$/.exec(query) ?? [];
    const table = tables.get(into);
    if (table === undefined) return `Code: 60. DB::Exception: Unknown table expression identifier '${into}'`;
    if (parameters.get('date_time_input_format') !== 'best_effort') return 'Code: 41. DB::Exception: Cannot parse DateTime';
    const token = parameters.get('insert_deduplication_token') ?? '';
    if (tokens.has(token)) return undefined;
    tokens.add(token);
    for (const line of body.split('\n')) {
      const row = JSON.parse(line) as Record<string, unknown>;
      const unknown = Object.keys(row).find((name) => !names.split(', ').includes(name));
      if (unknown !== undefined)
        return `Code: 117. DB::Exception: Unknown field found while parsing JSONEachRow format: ${unknown}`;
      const key = String(row[KEYS[into] ?? '']);
      const known = table.get(key);
      if (known === undefined || Number(known['version']) <= Number(row['version'])) table.set(key, row);
    }
    return undefined;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clickHouse: ClickHouseServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statements: [],
    rows: (table) => [...(tables.get(table)?.values() ?? [])],
    refusal: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return clickHouse;
}
