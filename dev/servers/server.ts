import type { ControlledProcess } from '../processes/controlled-process.ts';

/** A foreign server, or a private one that this process has started. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** undefined if the server is foreign (REDIS_URL, NATS_URL, DATABASE_URL) or not running. */
  readonly pid: number | undefined;
  readonly isPrivate: boolean;
  readonly logFile: string | undefined;
  /** An orderly stop; the data stays until the folder goes. */
  stop(): Promise<void>;
  /** kill -9 of the server and of its children. */
  kill(): Promise<void>;
  /** Restarts on the same port and data, after a stop if it runs. Resolves when it serves again. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
}

export function privateServer(url: string, controlled: ControlledProcess): Server {
  return {
    url,
    port: Number(new URL(url).port),
    get pid() {
      return controlled.pid;
    },
    isPrivate: true,
    logFile: controlled.logFile,
    stop: () => controlled.stop(),
    kill: () => controlled.kill(),
    restart: () => controlled.restart(),
    freeze: () => controlled.freeze(),
    thaw: () => controlled.thaw(),
  };
}
