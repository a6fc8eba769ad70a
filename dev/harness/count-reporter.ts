import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** The last line, for people and programs alike: `N passed, N failed, N skipped`, alone and without colour. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    // An error outside of a test (a file that can't be loaded, a hook, a stray rejection) fails the run and counts as well.
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed++;
        else if (state === 'failed') failedTests++;
        else count.skipped++;
      }
      count.failed += Math.max(failedTests, module.state() === 'failed' ? 1 : 0);
    }
    // For example, a server did not start, so no test ran.
    if (reason === 'failed' && count.failed === 0) count.failed = 1;
    // After the summary of vitest's own reporter, which prints at the same event.
    setImmediate(() => console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`));
  }
}
