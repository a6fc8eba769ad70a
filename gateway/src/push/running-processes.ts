import type { ProcessPulse } from 'seckill-core';
import type { ProcessFrame } from './operator-frame.ts';

/** A silent process is shown as silent for this long, then removed. */
const GONE_AFTER_MS = 30_000;

/** Every gateway and worker, as of its latest pulse. `now` is monotonic, in ms. */
export class RunningProcesses {
  readonly #latest = new Map<string, { pulse: ProcessPulse; at: number }>();

  add(pulse: ProcessPulse, now: number): void {
    this.#latest.set(pulse.processId, { pulse, at: now });
  }

  frames(now: number): ProcessFrame[] {
    for (const [processId, { at }] of this.#latest) if (now - at > GONE_AFTER_MS) this.#latest.delete(processId);
    return Array.from(this.#latest.values(), ({ pulse: { startedAt, gateway, ...pulse }, at }) => ({
      ...pulse,
      ageSeconds: Math.max(0, Math.round((Date.now() - startedAt) / 1_000)),
      silentMs: Math.round(now - at),
      ...(gateway === undefined ? {} : { openStreams: gateway.openStreams }),
    })).sort((a, b) => a.process.localeCompare(b.process) || b.ageSeconds - a.ageSeconds);
  }
}
