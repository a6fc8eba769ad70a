import { Problem } from 'seckill-core';

/** Order events are rebuilt from PostgreSQL, order by order. */
export interface InTables {
  in: 'tables';
  /** The last order that was read; empty before the first. */
  after: string;
  /** Only events that happened from `since` on and before `until`, ms. */
  since: number;
  until: number;
  /** Where reading goes on in the stream, and the time from which events are read there. */
  thenSeq: number;
  thenSince: number;
}

/** Order events are read from the stream. */
export interface InStream {
  in: 'stream';
  /** Of the last message that was read. */
  seq: number;
  /** When that message was stored, ms. If the stream has forgotten the messages after it, PostgreSQL is read from this time on. */
  at: number;
  /** Only events that happened from then on, ms. */
  since: number;
}

/** How far a reader of the history has come. It stays valid when the stream has forgotten what comes next. */
export type HistoryPosition = InTables | InStream;

/** A position, and how many events of the batch after it were read. */
export interface HistoryCursor {
  position: HistoryPosition;
  skip: number;
}

const NOTHING = '-';

export function encodeCursor({ position, skip }: HistoryCursor): string {
  const fields =
    position.in === 'stream'
      ? ['s', position.seq, position.at, position.since]
      : ['t', position.after || NOTHING, position.since, position.until, position.thenSeq, position.thenSince];
  return Buffer.from([...fields, skip].join('~')).toString('base64url');
}

/** Throws VALIDATION_FAILED for a text that {@link encodeCursor} did not make. */
export function decodeCursor(text: string): HistoryCursor {
  const [kind, ...fields] = Buffer.from(text, 'base64url').toString().split('~');
  const after = fields[0] === NOTHING ? '' : (fields[0] ?? '');
  const numbers = (kind === 't' ? fields.slice(1) : fields).map(Number);
  const count = { s: 4, t: 5 }[kind ?? ''];
  const isKnown = numbers.length === count && numbers.every((each) => Number.isSafeInteger(each) && each >= 0);
  if (!isKnown || !/^([0-9a-f-]{36})?$/.test(kind === 't' ? after : ''))
    throw new Problem('VALIDATION_FAILED', 'The cursor is not one that this list has given. Begin with the first page.');
  if (kind === 's') {
    const [seq = 0, at = 0, since = 0, skip = 0] = numbers;
    return { position: { in: 'stream', seq, at, since }, skip };
  }
  const [since = 0, until = 0, thenSeq = 0, thenSince = 0, skip = 0] = numbers;
  return { position: { in: 'tables', after, since, until, thenSeq, thenSince }, skip };
}
