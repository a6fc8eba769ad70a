import type { PrismaClient } from 'seckill-prisma';

const KEPT_MS = 60_000;
const MOST = 10_000;

/** Returns a function that resolves to an item's title; each is read once a minute at most. */
export function itemTitles(prisma: PrismaClient): (itemId: string) => Promise<string> {
  const known = new Map<string, { title: Promise<string>; until: number }>();
  return (itemId) => {
    const now = performance.now();
    const kept = known.get(itemId);
    if (kept !== undefined && now < kept.until) return kept.title;
    if (known.size >= MOST) known.clear();
    const title = prisma.item
      .findUnique({ where: { id: itemId }, select: { title: true } })
      .then((item) => item?.title ?? itemId);
    known.set(itemId, { title, until: now + KEPT_MS });
    title.catch(() => known.delete(itemId));
    return title;
  };
}
