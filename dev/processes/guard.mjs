// Outlives its parent by a moment. The parent holds the other end of stdin; when that closes, for whatever reason
// (an orderly stop, a crash, kill -9), every process of the throw-away folder is ended and the folder deleted.
// Plain JavaScript without imports from the project: it has to start in any state of node_modules.
//
// Each process wrote `<pid> <signal>` into <folder>/<name>/pid before it became the program (see controlled-process.ts).
// The folder is renamed first: a start that is still under way then fails to write its pid file, and does not happen.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.argv[2];
if (folder === undefined) throw new Error('guard.mjs needs the throw-away folder as its argument.');
const closing = `${folder}.closing`;

// In a separate session no Ctrl-C reaches it; a signal sent to everything must not end it before its work is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.on('error', () => {});
process.stdin.on('close', () => clear());
process.stdin.resume();

async function clear() {
  try {
    renameSync(folder, closing);
  } catch {
    return;
  }
  await Promise.all(readdirSync(closing).map(endProcess));
  for (const name of readdirSync(closing)) removeSharedMemory(name);
  rmSync(closing, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function endProcess(name) {
  const [pid, signal] = await readPidFile(name);
  if (pid === undefined) return;
  // A frozen process takes no signal but SIGKILL until it continues.
  send(pid, 'SIGCONT');
  send(pid, `SIG${signal}`);
  // PostgreSQL's postmaster kills children that do not answer after 5 s; give it that and a little more.
  for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 20) await sleep(20);
  send(pid, 'SIGKILL');
}

async function readPidFile(name) {
  for (let attempt = 0; attempt < 20; attempt++) {
    let text;
    try {
      text = readFileSync(join(closing, name, 'pid'), 'utf8').trim();
    } catch {
      return [];
    }
    const [pid, signal] = text.split(' ');
    if (Number(pid) > 1) return [Number(pid), signal];
    await sleep(10); // opened, not yet written
  }
  return [];
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // Ended but not yet collected by its new parent: so it counts as gone.
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** A postmaster that was killed leaves its System V segment behind; line 7 of postmaster.pid names it. */
function removeSharedMemory(name) {
  let lines;
  try {
    lines = readFileSync(join(closing, name, 'data', 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return;
  }
  const segment = lines[6]?.trim().split(/\s+/)[1];
  if (segment !== undefined) spawnSync('ipcrm', ['-m', segment], { stdio: 'ignore' });
}
