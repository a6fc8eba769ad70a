import { withLock } from './lock.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { buildPages, pagesAreBuilt } from './pages.mjs';
import { clientIsGenerated, generateClient } from './prisma-client.mjs';

/**
 * Brings packages and Prisma client up to date, and the pages if they are asked for. If nothing changed since the last time it
 * only compares hashes.
 */
export async function setUp({ pages = false } = {}) {
  const isDone = () => packagesAreInstalled() && clientIsGenerated() && (!pages || pagesAreBuilt());
  if (isDone()) return;
  await withLock(async () => {
    // Asked again: another first run may have done the work while this one waited.
    if (!packagesAreInstalled()) await installPackages();
    if (!clientIsGenerated()) await generateClient();
    if (pages && !pagesAreBuilt()) await buildPages();
  });
}
