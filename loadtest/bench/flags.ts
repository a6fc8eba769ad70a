import { parseArgs } from 'node:util';
import { BadFlag, whole, writable } from '../demo/flags.ts';

export interface BenchOptions {
  /** Of each row in each round. */
  seconds: number;
  rounds: number;
  connections: number;
  jsonFile: string | undefined;
  htmlFile: string | undefined;
  svgFile: string | undefined;
  form: 'table' | 'scale' | 'million';
}

export const BENCH_USAGE = `npm run bench -- [flags]

  --seconds N      of each row in each round (default 5)
  --rounds N       each row so often, interleaved; medians are shown (default 3)
  --connections N  of the load generator (default 100)
  --json FILE      write the report there
  --html FILE      write it as a page with charts
  --svg FILE       write the ratios to bare Fastify as one picture
  --scale          how the cost grows: 1 000 to 1 000 000 buyers and units, gateways, workers, items
  --million        a million buyers, ten thousand units
  --help           print this`;

/** Undefined where help was asked for. Throws BadFlag. `folder` is where relative names of files are meant from. */
export function readBenchFlags(args: readonly string[], folder: string): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.scale && values.million) throw new BadFlag('--scale and --million are two runs: choose one');
  return {
    seconds: whole('seconds', values.seconds, 1, 600),
    rounds: whole('rounds', values.rounds, 1, 100),
    connections: whole('connections', values.connections, 1, 10_000),
    jsonFile: values.json === undefined ? undefined : writable('json', values.json, folder),
    htmlFile: values.html === undefined ? undefined : writable('html', values.html, folder),
    svgFile: values.svg === undefined ? undefined : writable('svg', values.svg, folder),
    form: values.scale ? 'scale' : values.million ? 'million' : 'table',
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '3' },
        connections: { type: 'string', default: '100' },
        json: { type: 'string' },
        html: { type: 'string' },
        svg: { type: 'string' },
        scale: { type: 'boolean', default: false },
        million: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new BadFlag((error as Error).message.split('. ')[0]?.replaceAll("'", '') ?? '');
  }
}
