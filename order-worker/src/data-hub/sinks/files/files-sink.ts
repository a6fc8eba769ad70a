import type { OrderEvent } from 'seckill-core';
import type { Sink, SinkBatch } from '../../sink.ts';
import { eventsTable, ordersTable, type Table } from '../../tables.ts';
import { type Keys, openStore } from './file-store.ts';
import { FORMATS, type Format } from './formats.ts';
import type { Location } from './location.ts';

/** A file of this many rows takes the event loop for some 40 ms. */
const MOST_EVENTS = 5_000;

interface FilesOptions {
  location: Location;
  keys: Keys;
  /** Names of {@link FORMATS}. */
  formats: readonly string[];
  everyMs: number;
}

/**
 * Writes `events/date=2026-11-29/part-….parquet` and `orders/date=…/part-….parquet`, and the same as NDJSON. A batch that is written again replaces its
 * files, so each event is in the files once.
 */
export function filesSink({ location, keys, formats, everyMs }: FilesOptions): Sink {
  const store = openStore(location, keys);
  return {
    mostEvents: MOST_EVENTS,
    everyMs,
    async write(batch) {
      for (const file of filesOf(batch, formats)) await store.put(file.path, file.content());
    },
  };
}

interface File {
  path: string;
  content: () => Uint8Array;
}

function* filesOf({ name, events }: SinkBatch, formats: readonly string[]): Generator<File> {
  for (const table of [eventsTable, ordersTable]) {
    for (const [day, rows] of byDay(table, events)) {
      for (const format of formats) {
        const write = FORMATS[format] as Format;
        yield { path: `${table.name}/date=${day}/part-${name}.${format}`, content: () => write(table, rows) };
      }
    }
  }
}

function byDay(table: Table<OrderEvent>, events: readonly OrderEvent[]): Map<string, OrderEvent[]> {
  const days = new Map<string, OrderEvent[]>();
  for (const row of table.rows(events)) {
    const day = new Date(table.dayOf(row)).toISOString().slice(0, 10);
    const rows = days.get(day);
    if (rows === undefined) days.set(day, [row]);
    else rows.push(row);
  }
  return days;
}
