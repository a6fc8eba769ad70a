import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort } from 'dev';
import { onTestFinished } from 'vitest';

/** Starts a server with this configuration for one test. Returns its port, and a folder that is deleted at the end of the test. */
export async function natsWithConfig(config: string): Promise<{ port: number; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'seckill-nats-'));
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream: { store_dir: ${JSON.stringify(folder)} }\n${config}`);
  const server = spawn(findProgram('nats-server') ?? 'nats-server', ['-c', file], { stdio: 'ignore' });
  const ended = once(server, 'exit');
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  return { port, folder };
}
