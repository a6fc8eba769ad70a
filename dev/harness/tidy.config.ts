import { defineConfig } from 'vitest/config';

/** The tidy test alone, without the servers of vitest.config.ts: `npm run check` runs it in a second. */
export default defineConfig({ test: { include: ['dev/test/tidy.test.ts'], reporters: ['dot'] } });
