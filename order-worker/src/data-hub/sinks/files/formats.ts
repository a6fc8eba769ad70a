import { parquetWriteBuffer } from 'hyparquet-writer';
import { encodeOrderEvent, type OrderEvent } from 'seckill-core';
import { type Column, eventsTable, jsonOf, type Table } from '../../tables.ts';

/** Turns rows into the content of a file. */
export type Format = (table: Table<OrderEvent>, rows: readonly OrderEvent[]) => Uint8Array;

export const FORMATS: Readonly<Record<string, Format>> = {
  parquet: (table, rows) =>
    new Uint8Array(parquetWriteBuffer({ columnData: table.columns.map((column) => columnOf(column, rows)) })),
  /** Events as the CloudEvents that they are. */
  ndjson: (table, rows) => {
    const lines = rows.map((row) => (table === eventsTable ? encodeOrderEvent(row) : jsonOf(table, row)));
    return Buffer.from(`${lines.join('\n')}\n`);
  },
};

function columnOf({ name, type, of }: Column<OrderEvent>, rows: readonly OrderEvent[]) {
  const data = rows.map((row) => {
    const value = of(row);
    return type === 'INT64' && typeof value === 'number' ? BigInt(value) : value;
  });
  return { name, type, data };
}
