import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Flag, flag, UsageError } from 'seckill-core';

/**
 * A file to write, as an absolute path. Relative names start in the folder that npm was called from. Checked before the run:
 * a report that cannot be written would cost a whole run.
 */
export function writableFile(does: string, name: string): Flag<string | undefined> {
  return flag.valued(does, { flag: name, value: 'FILE' }, (given) => {
    const path = resolve(process.env['SECKILL_CALLED_FROM'] ?? process.cwd(), given);
    if (given === '') throw new UsageError(`--${name} needs the name of a file.`);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--${name}: ${path} is a folder, not a file.`);
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch {
      throw new UsageError(`--${name}: the folder ${dirname(path)} does not exist, or is not writable.`);
    }
    return path;
  });
}

/** `--gateway`: the origin of a platform that is already running, without a slash at its end. */
export function runningGateway(): Flag<string | undefined> {
  const does = 'use this running platform, with DEV_LOGIN=true; ADMIN_TOKEN is read from the environment';
  return flag.valued(does, { value: 'URL' }, (given, name) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol === 'http:' && url.pathname === '/') return url.origin;
    throw new UsageError(`--${name} takes an address like http://127.0.0.1:3000, not "${given}".`);
  });
}
