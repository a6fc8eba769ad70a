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
