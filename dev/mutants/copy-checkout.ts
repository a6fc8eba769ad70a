import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../processes/root.ts';

/**
 * Copies the checkout, with what it has generated and what is not committed, so that mutants never touch it. The packages are links, and
 * those of the workspace lead into the copy.
 */
export function copyCheckout(to: string): void {
  cpSync(root, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !['.git', 'node_modules', '.seckill'].includes(basename(path)),
  });
  // A package may have its own: npm puts there what it does not put at the root.
  const folders = ['.', ...readdirSync(root)].filter((folder) => existsSync(join(root, folder, 'node_modules')));
  for (const folder of folders) linkPackages(join(root, folder, 'node_modules'), join(to, folder, 'node_modules'));
}

function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    // A cache of vite or tsc would be shared with the checkout.
    if (name.startsWith('.') && name !== '.bin') continue;
    const path = join(from, name);
    symlinkSync(lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path, join(to, name));
  }
}
