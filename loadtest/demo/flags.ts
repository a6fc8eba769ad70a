import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  buyers: number;
  stock: number;
  /** Share of the winners who never pay. */
  abandon: number;
  payTimeoutSeconds: number;
  /** Absolute. */
  jsonFile: string | undefined;
  quiet: boolean;
}

export const DEMO_USAGE = `npm run demo -- [flags]

  --buyers N             simulated buyers (default 10000)
  --stock N              units on sale (default 500)
  --abandon SHARE        share of the winners who never pay, 0 to 1 (default 0.2)
  --pay-timeout SECONDS  time to pay before the order is cancelled (default 5)
  --json FILE            write the report there as well
  --quiet                print nothing but the summary
  --help                 print this`;

/** Wrong arguments: the message names the flag. */
export class BadFlag extends Error {
  override readonly name = 'BadFlag';
}

/** Undefined where help was asked for. Throws {@link BadFlag}. `folder` is where relative names of files are meant from. */
export function readDemoFlags(args: readonly string[], folder: string): DemoOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    buyers: whole('buyers', values.buyers, 1, 1_000_000),
    stock: whole('stock', values.stock, 1, 1_000_000),
    abandon: share('abandon', values.abandon),
    payTimeoutSeconds: whole('pay-timeout', values['pay-timeout'], 1, 3600),
    jsonFile: values.json === undefined ? undefined : writable('json', values.json, folder),
    quiet: values.quiet,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        buyers: { type: 'string', default: '10000' },
        stock: { type: 'string', default: '500' },
        abandon: { type: 'string', default: '0.2' },
        'pay-timeout': { type: 'string', default: '5' },
        json: { type: 'string' },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    // Node's sentences name the flag, and then explain more than anybody asked.
    throw new BadFlag((error as Error).message.split('. ')[0]?.replaceAll("'", '') ?? '');
  }
}

export function whole(flag: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new BadFlag(`--${flag} takes a whole number from ${from} to ${to}, not "${text}"`);
}

function share(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value >= 0 && value <= 1) return value;
  throw new BadFlag(`--${flag} takes a number from 0 to 1, not "${text}"`);
}

/** Known before the run, not after it. */
export function writable(flag: string, name: string, folder: string): string {
  const path = resolve(folder, name);
  if (name === '') throw new BadFlag(`--${flag} needs the name of a file`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new BadFlag(`--${flag}: ${path} is a folder, not a file`);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new BadFlag(`--${flag}: ${dirname(path)} is not a folder that can be written to`);
  }
  return path;
}
