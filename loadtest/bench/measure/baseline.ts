import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const scriptOf = (name: string) => fileURLToPath(new URL(`../baselines/${name}.ts`, import.meta.url));

export interface Baseline {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts one of `baselines/` in a separate process, like the gateway. */
export async function startBaseline(name: string, databaseUrl: string): Promise<Baseline> {
  const child = start(name, [], databaseUrl);
  const { url } = await firstMessage<{ url: string }>(child, name);
  const stop = async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  return { url, pid: child.pid ?? 0, stop };
}

/** Seconds that a bare multi-row INSERT of `rows` orders takes. */
export async function timeBareInsert(rows: number, databaseUrl: string): Promise<number> {
  const child = start('bare-insert', [String(rows)], databaseUrl);
  return (await firstMessage<{ seconds: number }>(child, 'bare-insert')).seconds;
}

function start(name: string, args: string[], databaseUrl: string): ChildProcess {
  return fork(scriptOf(name), args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
  });
}

function firstMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code) => reject(new Error(`The baseline ${name} ended (${code}) before it was ready.`)));
  });
}
