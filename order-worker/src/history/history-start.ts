import type { HistoryStart } from './read-history.ts';

/** Reads `beginning`, `now`, a time (ISO 8601) or a position in the stream. Returns undefined for any other text. */
export function readStart(text: string): HistoryStart | undefined {
  if (text === 'beginning' || text === 'now') return text;
  if (/^[1-9]\d{0,14}$/.test(text)) return { seq: Number(text) };
  const time = readTime(text);
  return time === undefined ? undefined : { time };
}

/** Returns ms; undefined if the text isn't a day or a time with its offset from UTC. */
export function readTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d(T[\d:.]{5,16}(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
