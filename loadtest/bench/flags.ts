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
  },
};

export type BenchOptions = Omit<FlagValues<typeof BENCH.flags>, 'scale' | 'million'> & { form: 'table' | 'scale' | 'million' };

/** Throws a `UsageError` if both forms are asked for. */
export function benchOptions({ scale, million, ...options }: FlagValues<typeof BENCH.flags>): BenchOptions {
  if (scale && million) throw new UsageError('--scale and --million are two runs: choose one.');
  return { ...options, form: scale ? 'scale' : million ? 'million' : 'table' };
}
