import { parseJson } from 'seckill-core';
import { HttpPool } from '../../servers/http-pool.ts';
import { TaskFailed, TaskRefused } from '../acting/acting-listener.ts';
import type { SmsService } from './sms-service.ts';

const CONNECTIONS = 8;
/** Other answers in this range say what a later try may change: time-outs, too many calls, a wrong secret. */
const FINAL = new Set([400, 404, 410, 413, 422]);

/** A service of the shop that takes messages as JSON. docs/listeners.md has its protocol. */
export function httpSms(url: string, secret: string | undefined): SmsService {
  const pool = new HttpPool(url, CONNECTIONS);
  return {
    async send({ to, text, language, template, eventId }, giveUpAt) {
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': eventId,
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      };
      const call = { method: 'POST', path: '', headers, body: JSON.stringify({ to, text, language, template }) } as const;
      const { status, headers: said, body } = await pool.send(call, giveUpAt);
      const words = `The SMS service answered ${status}.`;
      if (FINAL.has(status)) throw new TaskRefused(words);
      if (status < 200 || status > 299) throw new TaskFailed(words, { retryAfterMs: secondsOf(said['retry-after']) });
      const { messageId } = (parseJson(body) ?? {}) as { messageId?: unknown };
      return { status, ...(typeof messageId === 'string' ? { messageId: messageId.slice(0, 100) } : {}) };
    },
  };
}

const secondsOf = (header: string | undefined): number | undefined =>
  /^\d{1,6}$/.test(header ?? '') ? Number(header) * 1_000 : undefined;
