import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { SentWebhook } from './send-webhook.ts';
import type { WebhookSettings } from './webhook-settings.ts';

const noteStatement = loadStatement(import.meta.url, 'note-health');

interface Noted {
  /** ms */
  succeededAt: number;
  /** The first failure after the last success, ms; 0 if there is none. */
  failedAt: number;
  error: string;
  isGone: boolean;
}

type Parts = Pick<WorkerContext, 'prisma' | 'log' | 'metrics'>;

/** Collects how the deliveries of each endpoint end. Written about once a second, in one statement for all endpoints. */
export class EndpointHealth {
  #noted = new Map<string, Noted>();

  note(webhookId: string, sent: SentWebhook): void {
    const noted = this.#noted.get(webhookId) ?? { succeededAt: 0, failedAt: 0, error: '', isGone: false };
    this.#noted.set(webhookId, noted);
    if (sent.result === 'delivered') {
      Object.assign(noted, { succeededAt: Date.now(), failedAt: 0, error: '' } satisfies Partial<Noted>);
      return;
    }
    noted.failedAt ||= Date.now();
    noted.error = sent.error;
    noted.isGone ||= sent.result === 'gone';
  }

  /** Writes what was noted, and disables endpoints that are gone or have failed for too long. Resolves to whether one was disabled. */
  async write({ prisma, log }: Parts, { disableAfterMs }: Pick<WebhookSettings, 'disableAfterMs'>): Promise<boolean> {
    if (this.#noted.size === 0) return false;
    const noted = [...this.#noted];
    this.#noted = new Map();
    const now = Date.now();
    const disabled = await prisma.$queryRawUnsafe<{ id: string; url: string; reason: string }[]>(
      noteStatement,
      noted.map(([id]) => id),
      noted.map(([, { succeededAt }]) => (succeededAt === 0 ? null : (now - succeededAt) / 1_000)),
      noted.map(([, { failedAt }]) => (failedAt === 0 ? null : (now - failedAt) / 1_000)),
      noted.map(([, { error }]) => error),
      noted.map(([, { isGone }]) => isGone),
      disableAfterMs / 1_000,
    );
    for (const { id, reason } of disabled) log.error({ webhookId: id, reason }, 'a webhook endpoint was disabled');
    return disabled.length > 0;
  }
}
