import { trialSettings } from 'payment-sandbox';

interface Addresses {
  gateway: string;
  sandbox: string;
}

/**
 * Returns settings of the workers and of the sandbox, which stands in for the providers that are named, with new keys on both sides. If none is named,
 * the workers use the providers of the environment, whose keys are there; else the sandbox stands in for `http`.
 */
export async function paymentSettings(
  providers: readonly string[] | undefined,
  { PAYMENT_PROVIDERS: real, PUBLIC_URL: publicUrl }: NodeJS.ProcessEnv,
  { gateway, sandbox }: Addresses,
): Promise<{ workers: Record<string, string>; sandbox: Record<string, string> }> {
  const webhooks = `${gateway}/api/payments/webhook`;
  const notifying = { PAYMENT_WEBHOOK_URL: webhooks };
  const shared = { PUBLIC_URL: publicUrl || gateway };
  if (real && providers === undefined) return { workers: shared, sandbox: notifying };
  const standIns = providers ?? ['http'];
  const trial = await trialSettings(standIns, { sandbox, webhooks });
  const workers = { ...shared, PAYMENT_PROVIDERS: standIns.join(','), ...trial.worker };
  return { workers, sandbox: { ...notifying, ...trial.sandbox } };
}
