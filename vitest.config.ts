import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*/test/**/*.test.ts', 'gateway/web/test/**/*.test.ts'],
    globalSetup: './dev/harness/global-setup.ts',
    reporters: ['default', './dev/harness/count-reporter.ts'],
    pool: 'forks',
    // Tests wait for servers more than they compute; but servers need cores as well.
    maxWorkers: Math.min(Math.max(availableParallelism(), 2), 8),
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    retry: 0,
    // What is waited for comes within milliseconds, unless the machine has other things to do.
    expect: { poll: { timeout: 30_000, interval: 20 } },
  },
});
