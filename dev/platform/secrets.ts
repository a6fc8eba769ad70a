import { randomBytes } from 'node:crypto';

const names = ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'] as const;

export type Secrets = Record<(typeof names)[number], string>;

/** New secrets for each platform, except for those that `env` sets. */
export function makeSecrets(env: Record<string, string | undefined>): Secrets {
  return Object.fromEntries(names.map((name) => [name, env[name] || randomBytes(32).toString('hex')])) as Secrets;
}
