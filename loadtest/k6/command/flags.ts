import { parseArgs } from 'node:util';
import { origin } from '../../autocannon/flags.ts';
import { BadFlag, writable } from '../../demo/flags.ts';
import type { RunningPlatform } from '../../demo/run-demo.ts';

export const K6_SCRIPTS = {
  rush: 'from nothing to the peak in the moment of the start',
  stampede: 'polling and hammering before the start',
  'pay-or-abandon': 'whole journeys, with cancels and resale',
  bots: 'one client that tries everything: replays, forged tokens, senseless orders',
  soak: 'a steady stream of journeys for as long as one likes',
} as const;

export type K6Script = keyof typeof K6_SCRIPTS;

export interface K6Options {
  script: K6Script;
  gateway: string | undefined;
  /** The platform that is started has two gateways behind nginx. */
  nginx: boolean;
  htmlFile: string | undefined;
  /** `NAME=value`, for the script. */
  settings: readonly string[];
}

export const K6_USAGE = `npm run k6 -- SCRIPT [flags]

${Object.entries(K6_SCRIPTS)
  .map(([name, does]) => `  ${name.padEnd(20)} ${does}`)
  .join('\n')}

  --gateway URL        a platform that runs already, with DEV_LOGIN=true; its ADMIN_TOKEN is read from the environment
  --nginx              start two gateways behind nginx, and go through it
  --html FILE          write k6's report as a page
  --set NAME=VALUE     a setting of the script (BUYERS, STOCK, …), as often as needed; SLOWER=3 trebles the latencies allowed
  --help               print this`;

/** Undefined where help was asked for. Throws BadFlag. */
export function readK6Flags(args: readonly string[], folder: string): K6Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [script, second] = positionals;
  if (script === undefined || !(script in K6_SCRIPTS)) {
    const names = Object.keys(K6_SCRIPTS).join(', ');
    throw new BadFlag(script === undefined ? `Which script? There are ${names}` : `There is no script "${script}", but ${names}`);
  }
  if (second !== undefined) throw new BadFlag(`One script at a time, not "${second}" as well`);
  if (values.nginx && values.gateway !== undefined)
    throw new BadFlag('--nginx starts a platform, --gateway names one that runs: choose one');
  for (const each of values.set) if (!/^[A-Z_]+=.+$/.test(each)) throw new BadFlag(`--set takes NAME=VALUE, not "${each}"`);
  return {
    script: script as K6Script,
    gateway: values.gateway === undefined ? undefined : origin('gateway', values.gateway),
    nginx: values.nginx,
    htmlFile: values.html === undefined ? undefined : writable('html', values.html, folder),
    settings: values.set,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        gateway: { type: 'string' },
        nginx: { type: 'boolean', default: false },
        html: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new BadFlag((error as Error).message.split('. ')[0]?.replaceAll("'", '') ?? '');
  }
}

/** The admin token goes by environment, not among the arguments, which every user of the machine can read. */
export function k6Arguments(
  { script, htmlFile, settings }: Pick<K6Options, 'script' | 'htmlFile' | 'settings'>,
  { gatewayUrls, adminToken }: RunningPlatform,
): { args: string[]; env: Record<string, string> } {
  const set = settings.flatMap((each) => ['-e', each]);
  const html: Record<string, string> =
    htmlFile === undefined ? {} : { K6_WEB_DASHBOARD: 'true', K6_WEB_DASHBOARD_PORT: '-1', K6_WEB_DASHBOARD_EXPORT: htmlFile };
  return {
    args: ['run', '--quiet', '--include-system-env-vars', ...set, `loadtest/k6/${script}.ts`],
    env: { GATEWAY: gatewayUrls.join(','), ADMIN_TOKEN: adminToken, K6_NO_USAGE_REPORT: 'true', ...html },
  };
}
