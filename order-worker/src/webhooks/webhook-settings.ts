import { readEnvironment } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { type AllowedPrivate, readAllowedPrivate } from './address-rules.ts';

export interface WebhookSettings {
  allowPrivate: AllowedPrivate;
  /** A delivery that has failed for so long is given up. */
  giveUpAfterMs: number;
  /** An endpoint that has only failed for so long is disabled. */
  disableAfterMs: number;
  /** How long deliveries that have ended are kept. */
  logForMs: number;
}

const HOUR_MS = 3_600_000;
const hours = { minimum: 1, maximum: 8_760, description: 'a number of hours from 1 to 8760' };

export const webhookEnvironment = Type.Object({
  WEBHOOK_ALLOW_PRIVATE: Type.String({ default: 'false' }),
  WEBHOOK_GIVE_UP_HOURS: Type.Integer({ ...hours, default: 72 }),
  WEBHOOK_DISABLE_HOURS: Type.Integer({ ...hours, default: 120 }),
  WEBHOOK_LOG_HOURS: Type.Integer({ ...hours, default: 168 }),
});
type Environment = Static<typeof webhookEnvironment>;

/** Returns the faults that no schema finds, one sentence each. */
export const webhookFaults = ({ WEBHOOK_ALLOW_PRIVATE: allowed }: Environment): string[] =>
  readAllowedPrivate(allowed) === undefined
    ? ['WEBHOOK_ALLOW_PRIVATE has to be true, false, or ranges like 10.0.0.0/8 separated by commas.']
    : [];

export const webhookSettings = (values: Environment): WebhookSettings => ({
  allowPrivate: readAllowedPrivate(values.WEBHOOK_ALLOW_PRIVATE) ?? [],
  giveUpAfterMs: values.WEBHOOK_GIVE_UP_HOURS * HOUR_MS,
  disableAfterMs: values.WEBHOOK_DISABLE_HOURS * HOUR_MS,
  logForMs: values.WEBHOOK_LOG_HOURS * HOUR_MS,
});

/** Returns the settings and every fault of them. */
export function readWebhookSettings(env: Readonly<Record<string, string | undefined>>): {
  webhooks: WebhookSettings;
  faults: string[];
} {
  const { values, faults } = readEnvironment(webhookEnvironment, env);
  if (faults.length > 0) return { webhooks: USUAL_WEBHOOK_SETTINGS, faults };
  return { webhooks: webhookSettings(values), faults: webhookFaults(values) };
}

/** As documented for an empty environment. */
export const USUAL_WEBHOOK_SETTINGS: WebhookSettings = {
  allowPrivate: [],
  giveUpAfterMs: 72 * HOUR_MS,
  disableAfterMs: 120 * HOUR_MS,
  logForMs: 168 * HOUR_MS,
};
