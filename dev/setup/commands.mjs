/**
 * What `npm run <name>` does. A new command is a line here and one in the scripts of package.json.
 * `pages`: builds storefront and console first, if they are missing or their sources have changed.
 */
export const commands = {
  start: { script: 'dev/start/main.ts', pages: true, does: 'everything on this machine, with a sample sale; Ctrl-C stops it' },
  demo: { script: 'loadtest/demo/main.ts', does: 'one flash sale with simulated buyers, and the audit at its end' },
  test: { script: 'dev/commands/test.ts', pages: true, does: 'every test, on private servers' },
  check: { script: 'dev/commands/check.ts', does: 'types, lint, format' },
  audit: { script: 'cli/src/audit.ts', does: 'the audit of one sale: --sale ID [--json]' },
  'dead-letters': { script: 'cli/src/dead-letters.ts', does: 'what could not be handled: list, show, replay or discard it' },
  chaos: { script: 'loadtest/chaos/main.ts', does: 'sales under load while parts are killed, each audited: --rounds N' },
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
  migrate: { script: 'prisma/migrate-main.ts', does: 'applies new migrations to the database of DATABASE_URL' },
  generate: { pages: true, does: 'only the setup: packages, Prisma client, pages' },
};
