import { type Static, Type } from 'typebox';
import { defineBroadcast } from './define-event.ts';

/** A gateway announces all of its open pages again after this time, ms. */
export const OPEN_PAGES_EVERY_MS = 5_000;

/** Pages in one message: 80 kB. */
export const MOST_PAGES = 20_000;

const PRINT_BYTES = 3;
const PRINT_MASK = 2 ** (8 * PRINT_BYTES) - 1;

/** Number of different results of {@link pageOf}. */
export const PAGES = PRINT_MASK + 1;

/**
 * Names buyers whose pages are open on a gateway, so that workers push changes to these only. A page counts as open until it has not been
 * named for a while, so closing one needs no message.
 */
export const openPages = defineBroadcast(
  'open-pages',
  Type.Object({ pages: Type.String({ maxLength: MOST_PAGES * 4, description: '24 bits of each user id, in base64' }) }),
);
export type OpenPages = Static<typeof openPages.schema>;

/** Returns 24 bits of a user id (FNV-1a). Two users who share them cost a push that no page reads. */
export function pageOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < userId.length; at += 1) hash = Math.imul(hash ^ userId.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 24)) & PRINT_MASK;
}

/** Returns the messages that name these pages. */
export function announcementsOf(pages: readonly number[]): OpenPages[] {
  const messages: OpenPages[] = [];
  for (let from = 0; from < pages.length; from += MOST_PAGES) {
    const portion = pages.slice(from, from + MOST_PAGES);
    const bytes = Buffer.alloc(portion.length * PRINT_BYTES);
    for (const [i, page] of portion.entries()) bytes.writeUIntBE(page, i * PRINT_BYTES, PRINT_BYTES);
    messages.push({ pages: bytes.toString('base64') });
  }
  return messages;
}

/** Calls `take` with each page that the message names. */
export function readPages({ pages }: OpenPages, take: (page: number) => void): void {
  const bytes = Buffer.from(pages, 'base64');
  for (let at = 0; at + PRINT_BYTES <= bytes.length; at += PRINT_BYTES) take(bytes.readUIntBE(at, PRINT_BYTES));
}
