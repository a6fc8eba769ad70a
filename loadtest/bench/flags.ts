import { writableFile } from 'dev';
import { type Flag, type FlagValues, flag, UsageError } from 'seckill-core';
import { STORY_ROWS, type StoryRow } from './story.ts';

export const BENCH = {
  usage: `npm run bench -- [flags]

Measures how fast the platform is, row by row, beside bare Fastify and naive SQL. Exit code 0: every figure is valid, whether targets are met
or not; 1: a row got wrong answers or a win has no order; 2: wrong usage. Rows: ${STORY_ROWS.join(', ')}.`,
  flags: {
    seconds: flag.whole('seconds of each row in each round', { to: 600, default: 5 }),
    rounds: flag.whole('interleaved rounds; the report shows medians', { to: 100, default: 3 }),
    connections: flag.whole('connections of the load generator', { to: 10_000, default: 100 }),
    rows: someRows('only these rows of the table, and what they need', { value: 'NAME,NAME' }),
    jsonFile: writableFile('write the report to this file', 'json'),
    markdownFile: writableFile('write the tables as in docs/performance.md', 'markdown'),
    svgFile: writableFile('write the ratios to bare Fastify as a picture', 'svg'),
    scale: flag.toggle('measure growth: 1 000 to 1 000 000 buyers and units, more gateways, workers and items'),
    million: flag.toggle('measure a million buyers and ten thousand units'),
    books: flag.toggle('measure rebuild, audit, report and overview beside many orders'),
    orders: flag.whole('orders of one item with --books; the overview also with ten times as many', {
      to: 5_000_000,
      default: 1_000_000,
    }),
    listeners: flag.toggle('measure orders without a listener and with all of them'),
    webhooks: flag.toggle('measure how far behind 98 webhook endpoints are beside one that hangs and one that refuses'),
    hot: flag.toggle('measure the answers to buyers of a quiet item, alone and beside a hot item'),
    room: flag.toggle('measure waiting rooms: joins, look-ups, 10 000 open pages, a million people'),
    deliveries: flag.whole('deliveries a second to all endpoints with --webhooks', { to: 5_000, default: 5_000 }),
  },
};

type Form = 'table' | 'scale' | 'million' | 'books' | 'webhooks' | 'listeners' | 'hot' | 'room';

export type BenchOptions = Omit<
  FlagValues<typeof BENCH.flags>,
  'scale' | 'million' | 'books' | 'webhooks' | 'listeners' | 'hot' | 'room' | 'rows'
> & {
  form: Form;
  rows: readonly StoryRow[];
};

/** Throws a `UsageError` if more than one form is asked for, or rows of another form than the table. */
export function benchOptions({
  scale,
  million,
  books,
  webhooks,
  listeners,
  hot,
  room,
  rows,
  ...options
}: FlagValues<typeof BENCH.flags>): BenchOptions {
  const forms = Object.entries({ scale, million, books, webhooks, listeners, hot, room }).flatMap(([form, asked]) =>
    asked ? [form as Form] : [],
  );
  if (forms.length > 1) throw new UsageError(`--${forms.join(' and --')} are separate runs: choose one.`);
  if (forms.length > 0 && rows !== undefined) throw new UsageError(`--rows chooses rows of the table; --${forms[0]} has none.`);
  return { ...options, form: forms[0] ?? 'table', rows: rows ?? STORY_ROWS };
}

function someRows(does: string, naming: { value: string }): Flag<readonly StoryRow[] | undefined> {
  return flag.valued(does, naming, (given, name) =>
    given.split(',').map((text) => {
      const row = STORY_ROWS.find((each) => each === text.trim());
      if (row === undefined) throw new UsageError(`--${name} takes names of rows, separated by commas, not "${text.trim()}".`);
      return row;
    }),
  );
}
