import type { OrderEvent } from 'seckill-core';
import type { Sink, SinkBatch } from '../../sink.ts';
import { eventsTable, ordersTable, type Table } from '../../tables.ts';
import { type FileStore, type Keys, openStore } from './file-store.ts';
import { FORMATS, type Format } from './formats.ts';
import type { Location } from './location.ts';

const TABLES = [eventsTable, ordersTable] as const;
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
    // Files that an earlier sink left are only an operator's to remove.
    prepare: async ({ isAgain, since }) => (isAgain ? removeFrom(store, dayOf(since)) : undefined),
  };
}

/** Removes the files of a day and of the days after it, and no file that has another name. */
async function removeFrom(store: FileStore, day: string): Promise<void> {
  for (const { name } of TABLES) {
    for (const path of await store.list(name)) {
      const [, ofDay] = /^[a-z]+\/date=(\d{4}-\d\d-\d\d)\/part-[\w-]+\.\w+$/.exec(path) ?? [];
      if (ofDay !== undefined && ofDay >= day) await store.remove(path);
    }
  }
}

interface File {
  path: string;
  content: () => Uint8Array;
}

function* filesOf({ name, events }: SinkBatch, formats: readonly string[]): Generator<File> {
  for (const table of TABLES) {
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
    const day = dayOf(table.dayOf(row));
    const rows = days.get(day);
    if (rows === undefined) days.set(day, [row]);
    else rows.push(row);
  }
  return days;
}

/** In UTC. */
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
