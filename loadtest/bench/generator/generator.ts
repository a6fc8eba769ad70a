import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromGenerator, Job, JobResult, ToGenerator } from './job.ts';

const script = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The load generator runs in a separate process, so that the bench's work does not slow it down. */
export class Generator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Generator> {
    const generator = new Generator(fork(script, { execArgv: ['--import', 'tsx'] }));
    await generator.#hear('ready');
    return generator;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Connects and mints tokens. Resolves with a function that sends the requests and resolves with the result. */
  async prepare(job: Job): Promise<() => Promise<JobResult>> {
    this.#tell({ kind: 'prepare', job });
    await this.#hear('prepared');
    return async () => {
      this.#tell({ kind: 'go' });
      return (await this.#hear('done')).result;
    };
  }

  async run(job: Job): Promise<JobResult> {
    return (await this.prepare(job))();
  }

  stop(): void {
    this.#child.disconnect();
  }

  #tell(message: ToGenerator): void {
    this.#child.send(message);
  }

  #hear<Kind extends FromGenerator['kind']>(kind: Kind): Promise<FromGenerator & { kind: Kind }> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`The load generator ended (${code}).`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (message: FromGenerator) => {
        this.#child.off('exit', onExit);
        if (message.kind === kind) resolve(message as FromGenerator & { kind: Kind });
        else
          reject(new Error(message.kind === 'failed' ? `The load generator: ${message.message}` : `Unexpected ${message.kind}.`));
      });
    });
  }
}
