import pg from 'pg';

/** Reads the results from PostgreSQL: the bench trusts no other counter. */
export class Ledger {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  }

  async orders(saleId: string): Promise<OrderTimes> {
    const { rows } = await this.#pool.query(
      `SELECT count(*)::int AS count,
              extract(epoch FROM min(created_at)) * 1000 AS "firstAt", extract(epoch FROM max(created_at)) * 1000 AS "lastAt",
              extract(epoch FROM max(pay_by)) * 1000 AS "lastPayBy",
              count(*) FILTER (WHERE status = 'CANCELLED')::int AS cancelled,
              extract(epoch FROM min(settled_at)) * 1000 AS "firstSettledAt", extract(epoch FROM max(settled_at)) * 1000 AS "lastSettledAt",
              extract(epoch FROM percentile_disc(0.99) WITHIN GROUP (ORDER BY settled_at - pay_by)) * 1000 AS "lateP99",
              extract(epoch FROM max(settled_at - pay_by)) * 1000 AS "lateMax"
       FROM orders WHERE sale_id = $1`,
      [saleId],
    );
    return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([key, value]) => [key, Number(value)])) as unknown as OrderTimes;
  }

  /** Cheap enough to be asked while orders are made. */
  async sold(saleId: string): Promise<number> {
    const { rows } = await this.#pool.query('SELECT sum(sold)::int AS sold FROM items WHERE sale_id = $1', [saleId]);
    return rows[0]?.sold ?? 0;
  }

  /** The sale's payments, and the orders that have one. */
  async payments(saleId: string): Promise<{ payments: number; orders: number }> {
    const { rows } = await this.#pool.query(
      `SELECT count(*)::int AS payments, count(DISTINCT p.order_id)::int AS orders
       FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.sale_id = $1`,
      [saleId],
    );
    return rows[0] ?? { payments: 0, orders: 0 };
  }

  async count(table: 'naive_orders'): Promise<number> {
    const { rows } = await this.#pool.query(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** ms since 1970, PostgreSQL's clock. */
export interface OrderTimes {
  count: number;
  firstAt: number;
  lastAt: number;
  lastPayBy: number;
  cancelled: number;
  firstSettledAt: number;
  lastSettledAt: number;
  /** ms after `payBy`. */
  lateP99: number;
  lateMax: number;
}
