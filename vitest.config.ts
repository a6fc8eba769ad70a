import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './dev/harness/longest-first.ts';

/** The fast loop, `npm run test:fast`: these packages, */
const fastFolders = ['seckill-core', 'gateway', 'payment-sandbox', 'downstream-sandbox', 'docs', 'deploy'];
/** these files of other packages, */
const fastFiles = ['order-worker/test/process/config.test.ts', 'dev/test/tidy.test.ts'];
/** and not these: they break servers, start whole processes, drive a browser or need nginx. */
const slowFiles = [
  '**/*.browser.test.ts',
  'gateway/test/**/{outages,start-and-stop,load-guard,several-gateways}.test.ts',
  'seckill-core/test/**/{random-histories,batch-consumer-*,*-outage,redis-restart}.test.ts',
  'deploy/test/{production-install,nginx*,sale-through-nginx,hostile*}.test.ts',
  'docs/test/{integrate,readme,walk-through}.test.ts',
];

const project = (name: string, include: string[], exclude: string[]): TestProjectInlineConfiguration => ({
  test: {
    name,
    // The fast files share their modules: importing Fastify, NATS and TypeBox for each file again takes 50 s of CPU.
    isolate: name !== 'fast',
    include,
    exclude: ['**/node_modules/**', ...exclude],
    pool: 'forks',
    testTimeout: 90_000,
    hookTimeout: 120_000,
    retry: 0,
    // Most events arrive within milliseconds, but a busy machine delays them by seconds.
    expect: { poll: { timeout: 30_000, interval: 20 } },
  },
});

const folders = fastFolders.join('|');
export default defineConfig({
  test: {
    // `npm test` runs both; every test file is in exactly one of them.
    projects: [
      project('fast', [`@(${folders})/test/**/*.test.ts`, 'gateway/web/test/**/*.test.ts', ...fastFiles], slowFiles),
      project('slow', [`!(${folders})/test/**/*.test.ts`, ...slowFiles], fastFiles),
    ],
    // Not in the projects: they share the servers.
    globalSetup: './dev/harness/global-setup.ts',
    reporters: ['default', './dev/harness/count-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    // Tests wait for servers for more than half of their time, but servers need cores as well.
    maxWorkers: Math.min(Math.max(Math.ceil(availableParallelism() * 1.5), 2), 8),
    teardownTimeout: 30_000,
  },
});
