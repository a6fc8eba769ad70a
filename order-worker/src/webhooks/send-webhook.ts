import { AddressRefused } from './address-rules.ts';
import { judgeAnswer, type Verdict } from './judge-answer.ts';
import { signedHeaders } from './sign-webhook.ts';
import type { WebhookPool } from './webhook-pool.ts';

/** How long a receiver has for its answer. */
export const ANSWER_WITHIN_MS = 10_000;

/** What every request has, beside its id, time and signature. */
export const FIXED_HEADERS = { 'content-type': 'application/cloudevents+json', 'user-agent': 'Seckill-Webhooks/1.0' } as const;

export interface OutgoingWebhook {
  pool: WebhookPool;
  /** Each of them signs. */
  secrets: readonly string[];
  eventId: string;
  /** The CloudEvent, JSON. */
  body: string;
}

/** What the log keeps of an attempt. */
export type SentWebhook = Verdict & { status?: number; answer?: string };

/** Sends an event once. Never rejects: what went wrong is in the result. */
export async function sendWebhook(
  { pool, secrets, eventId, body }: OutgoingWebhook,
  withinMs = ANSWER_WITHIN_MS,
): Promise<SentWebhook> {
  const now = Date.now();
  const signed = signedHeaders(secrets, { id: eventId, sentAt: Math.floor(now / 1_000), body });
  try {
    const answer = await pool.post(body, { ...FIXED_HEADERS, ...signed }, withinMs);
    return { ...judgeAnswer(answer, Date.now()), status: answer.status, answer: answer.text };
  } catch (error) {
    const { message } = error as Error;
    return { result: 'retry', error: error instanceof AddressRefused ? message : `There was no answer: ${message}.` };
  }
}
