import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot, read } from './root.mjs';

const setupLock = inRoot('.seckill', 'setup.lock');

/** Two commands started at once on a fresh clone: one sets up, the other waits. The lock of a dead process counts for nothing. */
export async function withLock(work, lock = setupLock) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let said = false; !take(lock); said = true) {
    if (!said) console.log(`Another command (process ${read(lock)}) is setting up; waiting for it.`);
    await sleep(200);
  }
  const free = () => rmSync(lock, { force: true });
  process.once('exit', free);
  try {
    return await work();
  } finally {
    free();
    process.off('exit', free);
  }
}

function take(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    // The file appears under the lock's name with its content in it, or not at all.
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  const holder = Number(read(lock));
  if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
