/**
 * What `npm run <name>` does. A new command is a line here and one in the scripts of package.json.
 * `args` come before the caller's own. `pages`: first builds storefront and console if their sources have changed.
 * `apiTypes`: first writes the types of the gateway's API, which the pages are checked against, if its sources have changed.
 */
export const commands = {
  start: { script: 'dev/start/main.ts', pages: true, does: 'everything on this machine, with a sample sale; Ctrl-C stops it' },
  demo: { script: 'loadtest/demo/main.ts', does: 'one flash sale with simulated buyers, and the audit at its end' },
  test: { script: 'dev/commands/test.ts', pages: true, does: 'every test, on private servers' },
  'test:fast': {
    script: 'dev/commands/test.ts',
    args: ['--project', 'fast'],
    pages: true,
    does: 'the tests that take a minute: core, gateway and pages without outages, processes and browsers',
  },
  check: { script: 'dev/commands/check.ts', apiTypes: true, does: 'types, lint, format, tidy' },
  audit: { script: 'cli/src/main.ts', args: ['audit'], does: 'audits one sale: --sale ID [--repair] [--json]' },
  'dead-letters': {
    script: 'cli/src/main.ts',
    args: ['dead-letters'],
    does: 'lists, shows, replays or discards messages that could not be handled',
  },
  'erase-user': {
    script: 'cli/src/main.ts',
    args: ['erase-user'],
    does: "puts a pseudonym in the place of a user's id: USER_ID",
  },
  events: { script: 'cli/src/main.ts', args: ['events'], does: 'prints order events from any time: --from TIME [--ndjson]' },
  draw: {
    script: 'cli/src/main.ts',
    args: ['draw'],
    does: 'repeats the shuffle of a queue or a draw: verify --sale ID --url GATEWAY',
  },
  sinks: {
    script: 'cli/src/main.ts',
    args: ['sinks'],
    does: 'shows the sinks of the data hub: list; starts one over: restart NAME',
  },
  chaos: { script: 'loadtest/chaos/main.ts', does: 'sales under load while parts are killed, each audited: --rounds N' },
  mutants: {
    script: 'dev/mutants/main.ts',
    does: 'plants faults in the code, each of which a named test must catch: --only NAME',
  },
  bench: {
    script: 'loadtest/bench/main.ts',
    does: 'how fast it is, row by row, beside bare Fastify and naive SQL: --json, --svg',
  },
  load: {
    script: 'loadtest/autocannon/main.ts',
    does: 'a short sale under autocannon: --gateway URL uses a running platform',
  },
  k6: {
    script: 'loadtest/k6/command/main.ts',
    does: 'a k6 script against a platform: rush, stampede, pay-or-abandon, bots, soak',
  },
  migrate: { script: 'cli/src/main.ts', args: ['migrate'], does: 'applies new migrations to the database of DATABASE_URL' },
  generate: { pages: true, apiTypes: true, does: 'only the setup: packages, Prisma client, types of the API, pages' },
};
