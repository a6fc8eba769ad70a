import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/** Shows a program's output only if it fails. */
export function runQuietly(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => reject(new Error(`Could not run ${program}: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${firstLines(output)}\n\nThis failed: ${program} ${args.join(' ')}`));
    });
  });
}

/** npm reports the error first, and then a page of usage. */
function firstLines(output, count = 25) {
  const lines = output.trimEnd().split('\n');
  return lines.length <= count ? lines.join('\n') : `${lines.slice(0, count).join('\n')}\n…`;
}
