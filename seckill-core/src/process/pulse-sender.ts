import { randomBytes } from 'node:crypto';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { CONSOLE_OPEN_EVERY_MS } from '../events/console-open.ts';
import type { ProcessPulse } from '../events/process-pulse.ts';

const EVERY_MS = 500;
/** Pulses after a console's broadcast: two more of its broadcasts may be lost. */
const PULSES_WANTED = (3 * CONSOLE_OPEN_EVERY_MS) / EVERY_MS;

interface PulseSenderOptions {
  process: ProcessPulse['process'];
  /** Broadcasts the pulse, or drops it while NATS is away. */
  send: (pulse: ProcessPulse) => void;
  /** Further fields that this kind of process reports. `begins` says that it has sent none for a while. */
  describe?: (begins: boolean) => Pick<ProcessPulse, 'gateway'>;
}

/** Sends a {@link ProcessPulse} twice a second while a console is open somewhere. */
export class PulseSender {
  readonly processId = randomBytes(6).toString('hex');
  readonly #options: PulseSenderOptions;
  #at = performance.now();
  #cpu = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #rssBytes = 0;
  #left = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: PulseSenderOptions) {
    this.#options = options;
  }

  /** A console is open: if none was, sends the first pulse at once. */
  wanted(): void {
    if (this.#stopped) return;
    this.#left = PULSES_WANTED;
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
    this.#timer.unref();
    this.#send(true);
  }

  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  #tick(): void {
    if (this.#left === 0) this.#rest();
    else {
      this.#left -= 1;
      this.#send(false);
    }
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #send(begins: boolean): void {
    const { process: kind, send, describe } = this.#options;
    const now = performance.now();
    const used = process.cpuUsage(this.#cpu);
    const loop = performance.eventLoopUtilization();
    const pulse: ProcessPulse = {
      process: kind,
      processId: this.processId,
      startedAt: Math.round(performance.timeOrigin),
      cpu: round((used.user + used.system) / 1_000 / (now - this.#at)),
      busy: round(performance.eventLoopUtilization(loop, this.#loop).utilization),
      rssBytes: this.#memory(),
      ...describe?.(begins),
    };
    this.#at = now;
    this.#cpu = process.cpuUsage();
    this.#loop = loop;
    send(pulse);
  }

  /** Node reads a file for this, which fails when the process has no file descriptor left. */
  #memory(): number {
    try {
      this.#rssBytes = process.memoryUsage.rss();
    } catch {
      // The last value is good enough.
    }
    return this.#rssBytes;
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
