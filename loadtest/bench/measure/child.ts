import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a script of the bench in a separate process, like the gateway. `script` is its path below `bench/`. */
export function startChild(script: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  return fork(fileURLToPath(new URL(`../${script}`, import.meta.url)), args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
}

/** Rejects if the process ends before it sends one. */
export function firstMessage<Message>(child: ChildProcess, script: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code) => reject(new Error(`${script} ended (${code}) before it was ready.`)));
  });
}

/** Runs a script that sends one message when it has done its work. */
export function runChild<Message>(script: string, args: readonly string[], env: Record<string, string>): Promise<Message> {
  return firstMessage(startChild(script, args, env), script);
}
