import { randomBytes } from 'node:crypto';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { ProcessPulse } from '../events/process-pulse.ts';

const EVERY_MS = 500;

interface PulseSenderOptions {
  process: ProcessPulse['process'];
  /** Broadcasts the pulse, or drops it while NATS is away. */
  send: (pulse: ProcessPulse) => void;
  /** Further fields that this kind of process reports. */
  describe?: () => Pick<ProcessPulse, 'gateway'>;
}

/** Sends a {@link ProcessPulse} twice a second. */
export class PulseSender {
  readonly processId = randomBytes(6).toString('hex');
  readonly #options: PulseSenderOptions;
  #at = performance.now();
  #cpu = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #rssBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PulseSenderOptions) {
    this.#options = options;
  }

  start(): this {
    this.#timer = setInterval(() => this.#send(), EVERY_MS);
    this.#timer.unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
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
      ...describe?.(),
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
