import { announcementsOf, MOST_PAGES, openPages, PAGES, pageOf, readPages } from 'seckill-core';
import { expect, test } from 'vitest';

const pagesIn = (messages: ReturnType<typeof announcementsOf>): number[] => {
  const read: number[] = [];
  for (const message of messages) {
    const received = openPages.decode(Buffer.from(openPages.encode(message)));
    readPages(received, (page) => read.push(page));
  }
  return read;
};

test('every page arrives, in messages that fit', () => {
  const pages = [0, 1, PAGES - 1, ...Array.from({ length: 2 * MOST_PAGES }, (_, i) => i)];
  const messages = announcementsOf(pages);
  expect(pagesIn(messages)).toEqual(pages);
  expect(messages).toHaveLength(3);
  for (const message of messages) expect(openPages.encode(message).length).toBeLessThan(100_000);
});

test('without a page there is no message', () => {
  expect(announcementsOf([])).toEqual([]);
});

test('users have different pages, hardly ever the same', () => {
  const users = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
  const pages = new Set([...users, 'é', 'e\u0301', '', 'x'.repeat(255)].map(pageOf));
  // As many collisions as chance makes: n² / 2^25.
  expect(pages.size).toBeGreaterThan(19_900);
  for (const page of pages) expect(page >= 0 && page < PAGES && Number.isInteger(page)).toBe(true);
});
