/** The rows of the table in story order: who loses, who wins, and what becomes of the wins. `bare` and `naive` come first, to compare with. */
const STORY = [
  'bare',
  'naive',
  'not started',
  'rate limited',
  'sold out',
  'lose in Redis',
  'win',
  'win with worker',
  'win through nginx',
  'win beside polling',
  'win beside live',
  'win with ten rules',
  'orders',
  'cancels',
  'deadlines on time',
  'payments begun',
  'light gateways',
  'idle',
] as const;

export type StoryRow = Exclude<(typeof STORY)[number], 'bare'>;

/** What `--rows` takes. Bare rows come along with every row that is compared with them. */
export const STORY_ROWS = STORY.filter((row) => row !== 'bare');

/** Rows that a row is compared with, or that make its work. Each win is looked for among the orders, so every row of wins needs them. */
const NEEDS: Partial<Record<StoryRow, readonly StoryRow[]>> = {
  win: ['orders'],
  'win through nginx': ['win'],
  'win beside polling': ['win'],
  'win beside live': ['win'],
  'win with ten rules': ['win'],
  orders: ['win'],
  cancels: ['orders'],
  'deadlines on time': ['orders'],
};

/** These rows and all that they need. */
export function withNeeds(rows: readonly StoryRow[]): ReadonlySet<StoryRow> {
  const all = new Set<StoryRow>(rows);
  // The loop also reaches what it adds.
  for (const row of all) for (const needed of NEEDS[row] ?? []) all.add(needed);
  return all;
}

/** Sorts rows into story order. `light gateways: 16` belongs to `light gateways`. Rows with unknown names keep their order and come last. */
export function inStoryOrder<Row extends { row: string }>(rows: readonly Row[]): Row[] {
  const names: readonly string[] = STORY;
  const place = ({ row }: Row) => {
    const at = names.indexOf(row.split(':')[0] ?? '');
    return at === -1 ? names.length : at;
  };
  return rows.toSorted((a, b) => place(a) - place(b));
}
