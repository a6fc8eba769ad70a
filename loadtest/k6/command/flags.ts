import { writableFile } from 'dev';
import { type FlagValues, flag, UsageError } from 'seckill-core';
import type { RunningPlatform } from 'simulation';
import { runningGateway } from '../../command/flags.ts';

const K6_SCRIPTS = {
  rush: 'from nothing to the peak at the moment of the start',
  stampede: 'polling and hammering before the start',
  'pay-or-abandon': 'whole journeys, with cancels and resale',
  bots: 'one client that tries everything, and a farm of accounts beside an honest crowd',
  soak: 'a steady stream of journeys for as long as you like',
} as const;

export type K6Script = keyof typeof K6_SCRIPTS;

export const K6 = {
  usage: `npm run k6 -- SCRIPT [flags]

${Object.entries(K6_SCRIPTS)
  .map(([name, does]) => `  ${name.padEnd(18)} ${does}`)
  .join('\n')}`,
  flags: {
    gateway: runningGateway(),
    nginx: flag.toggle('start two gateways behind nginx, and go through it'),
    htmlFile: writableFile("write k6's report as a page", 'html'),
    settings: flag.texts('a setting of the script (BUYERS, STOCK, …), repeatable; SLOWER=3 triples the allowed latencies', {
      flag: 'set',
      value: 'NAME=VALUE',
    }),
  },
  takesWords: true,
};

export type K6Options = FlagValues<typeof K6.flags> & { script: K6Script };

/** Throws a `UsageError` if the script is unknown or the flags contradict each other. */
export function k6Options(flags: FlagValues<typeof K6.flags>, [script, second]: readonly string[]): K6Options {
  const names = Object.keys(K6_SCRIPTS).join(', ');
  if (script === undefined) throw new UsageError(`Name a script: ${names}.`);
  if (!(script in K6_SCRIPTS)) throw new UsageError(`There is no script "${script}". Choose one of ${names}.`);
  if (second !== undefined) throw new UsageError(`One script at a time, not "${second}" as well.`);
  if (flags.nginx && flags.gateway !== undefined)
    throw new UsageError('--nginx starts a platform, --gateway uses a running one: choose one.');
  for (const each of flags.settings)
    if (!/^[A-Z_]+=.+$/.test(each)) throw new UsageError(`--set takes NAME=VALUE, not "${each}".`);
  return { ...flags, script: script as K6Script };
}

/** The admin token is passed in the environment: every user of the machine can read the arguments. */
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
