import type { ProcessPulse } from 'seckill-core';
import type { ProcessFrame } from './operator-frame.ts';

/** A process that is silent for longer is not shown any more; up to then it is shown as silent. */
const GONE_AFTER_MS = 30_000;

/** Every gateway and worker, as it last told. `now` is monotonic, ms. */
export class ProcessesHeard {
  readonly #heard = new Map<string, { pulse: ProcessPulse; at: number }>();

  hear(pulse: ProcessPulse, now: number): void {
    this.#heard.set(pulse.processId, { pulse, at: now });
  }

  frames(now: number): ProcessFrame[] {
    for (const [processId, { at }] of this.#heard) if (now - at > GONE_AFTER_MS) this.#heard.delete(processId);
    return Array.from(this.#heard.values(), ({ pulse: { startedAt, gateway, ...pulse }, at }) => ({
      ...pulse,
      ageSeconds: Math.max(0, Math.round((Date.now() - startedAt) / 1_000)),
      silentMs: Math.round(now - at),
      ...(gateway === undefined ? {} : { openStreams: gateway.openStreams }),
    })).sort((a, b) => a.process.localeCompare(b.process) || b.ageSeconds - a.ageSeconds);
  }
}
