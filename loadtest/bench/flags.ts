import { writableFile } from 'dev';
import { type FlagValues, flag, UsageError } from 'seckill-core';

export const BENCH = {
  usage: 'npm run bench -- [flags]',
  flags: {
    seconds: flag.whole('seconds of each row in each round', { to: 600, default: 5 }),
    rounds: flag.whole('interleaved rounds; the report shows medians', { to: 100, default: 3 }),
    connections: flag.whole('connections of the load generator', { to: 10_000, default: 100 }),
    jsonFile: writableFile('write the report to this file', 'json'),
    svgFile: writableFile('write the ratios to bare Fastify as a picture', 'svg'),
    scale: flag.toggle('measure growth: 1 000 to 1 000 000 buyers and units, more gateways, workers and items'),
    million: flag.toggle('measure a million buyers and ten thousand units'),
    books: flag.toggle('measure rebuild, audit, report and overview beside many orders'),
    orders: flag.whole('orders of one item with --books; the overview also with ten times as many', {
      to: 5_000_000,
      default: 1_000_000,
    }),
  },
};

type Form = 'table' | 'scale' | 'million' | 'books';

export type BenchOptions = Omit<FlagValues<typeof BENCH.flags>, 'scale' | 'million' | 'books'> & { form: Form };

/** Throws a `UsageError` if more than one form is asked for. */
export function benchOptions({ scale, million, books, ...options }: FlagValues<typeof BENCH.flags>): BenchOptions {
  const forms = Object.entries({ scale, million, books }).flatMap(([form, asked]) => (asked ? [form as Form] : []));
  if (forms.length > 1) throw new UsageError(`--${forms.join(' and --')} are separate runs: choose one.`);
  return { ...options, form: forms[0] ?? 'table' };
}
