/**
 * JSON of a page: half of what a NATS message holds by default. The largest row is a sale that was created by a body of at most 256 KiB, so a
 * page with one row more than fits still fits the message.
 */
const MOST_BYTES = 512 * 1_024;

export interface Page<Row, Cursor> {
  rows: Row[];
  /** Where the next page begins; missing if this is the last one. */
  nextCursor?: Cursor;
}

/** Takes rows for a page until there are `limit` of them, or it is as large as it may be. Reads no more rows than it needs, and one. */
export async function cutPage<Row, Cursor>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  limit: number,
  cursorOf: (row: Row) => Cursor,
): Promise<Page<Row, Cursor>> {
  const page: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const last = page.at(-1);
    if (last !== undefined && (page.length === limit || bytes > MOST_BYTES)) return { rows: page, nextCursor: cursorOf(last) };
    page.push(row);
    bytes += Buffer.byteLength(JSON.stringify(row));
  }
  return { rows: page };
}
