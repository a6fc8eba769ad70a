import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest on two cores, in that order: 40 s to 160 s each, the last two of the fast project 15 s. */
const longest = [
  /order-worker\/test\/crash\//,
  /dev\/test\/(platform|nothing-left-behind)/,
  /order-worker\/test\/model\//,
  /loadtest\/test\/(rolling-restart|k6)/,
  /\.browser\.test/,
  /deploy\/test\/production-install/,
  /order-worker\/test\/(audit|process|payments)\//,
  /gateway\/test\/.*(reservation-live|reserve)\.test/,
];

/** Starts the longest files first, so that no worker waits for one long file at the end of the run. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // The default order knows how long a file took last time, but not on a fresh clone, and it runs one project after the other.
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  const rank = longest.findIndex((pattern) => pattern.test(moduleId));
  if (rank >= 0) return rank;
  return longest.length + (project.name === 'fast' ? 1 : 0);
}
