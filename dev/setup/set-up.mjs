import { apiTypesAreWritten, writeApiTypes } from './api-types.mjs';
import { withLock } from './lock.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { buildPages, pagesAreBuilt } from './pages.mjs';
import { clientIsGenerated, generateClient } from './prisma-client.mjs';

const always = [
  [packagesAreInstalled, installPackages],
  [clientIsGenerated, generateClient],
];

/**
 * Brings the packages and the Prisma client up to date, and the pages and the API's types if the command needs them. If nothing has changed
 * since the last time, it only compares hashes.
 */
export async function setUp({ pages = false, apiTypes = false } = {}) {
  const steps = [...always];
  if (apiTypes) steps.push([apiTypesAreWritten, writeApiTypes]);
  if (pages) steps.push([pagesAreBuilt, buildPages]);
  if (steps.every(([isDone]) => isDone())) return;
  await withLock(async () => {
    // Checked again: another first run may have done the work while this one waited.
    for (const [isDone, run] of steps) if (!isDone()) await run();
  });
}
