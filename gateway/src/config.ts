import { ConfigFault, hostOf, isDevelopment, Port, readEnvironment, settings } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { algorithmOf } from './security/access-tokens.ts';

const Environment = Type.Object({
  ...settings,
  PORT: Port(3_000),
  JWT_SECRET: Type.Optional(Type.String()),
  JWT_PUBLIC_KEY: Type.Optional(Type.String({ description: 'PEM, RSA or Ed25519; replaces JWT_SECRET' })),
  TOKEN_SECRET: Type.Optional(Type.String()),
  ADMIN_TOKEN: Type.Optional(Type.String()),
  PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
  DEV_LOGIN: Type.Boolean({ default: false, description: 'true or false' }),
  SIMULATED_BUYERS_URL: Type.Optional(
    Type.String({ pattern: '^http://', description: 'an address like http://127.0.0.1:4000/buyers' }),
  ),
});
type Environment = Static<typeof Environment>;

/** Public, because they are in this file: outside development they are refused. */
export const DEVELOPMENT_SECRETS = {
  JWT_SECRET: 'development-jwt-secret',
  TOKEN_SECRET: 'development-token-secret',
  ADMIN_TOKEN: 'development-admin-token',
  PAYMENT_WEBHOOK_SECRET: 'development-payment-webhook-secret',
} as const;
type SecretName = keyof typeof DEVELOPMENT_SECRETS;

export interface Config {
  host: string;
  port: number;
  redisUrl: string;
  natsUrl: string;
  jwtSecret: string;
  /** If set, access tokens are verified with this key only. */
  jwtPublicKey: string | undefined;
  tokenSecret: string;
  adminToken: string;
  paymentWebhookSecret: string;
  devLogin: boolean;
  /** The console's button for simulated buyers posts to this URL. Never set without devLogin. */
  simulatedBuyersUrl: string | undefined;
  logLevel: Environment['LOG_LEVEL'];
}

/** Reads the environment. Throws one {@link ConfigFault} that lists every error. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, faults } = readEnvironment(Environment, env);
  const production = !isDevelopment(values.NODE_ENV);
  const secret = (name: SecretName): string => values[name] ?? (production ? '' : DEVELOPMENT_SECRETS[name]);

  if (production) {
    for (const name of Object.keys(DEVELOPMENT_SECRETS) as SecretName[]) {
      if (name === 'JWT_SECRET' && values.JWT_PUBLIC_KEY !== undefined) continue;
      const value = secret(name);
      if (value === '') faults.push(`${name} is not set. Outside development, set it to a secret of your own.`);
      else if (value === DEVELOPMENT_SECRETS[name])
        faults.push(`${name} is the development default, which is public. Set your own secret.`);
    }
  }
  if (values.DEV_LOGIN && values.JWT_PUBLIC_KEY !== undefined) {
    faults.push('DEV_LOGIN signs with JWT_SECRET, but JWT_PUBLIC_KEY is set. Unset one of the two.');
  }
  if (values.JWT_PUBLIC_KEY !== undefined) {
    try {
      algorithmOf(values.JWT_PUBLIC_KEY);
    } catch (error) {
      faults.push(`JWT_PUBLIC_KEY must be an RSA or Ed25519 public key in PEM format: ${(error as Error).message}.`);
    }
  }
  if (values.SIMULATED_BUYERS_URL !== undefined && !values.DEV_LOGIN) {
    faults.push(
      'SIMULATED_BUYERS_URL needs DEV_LOGIN=true, because simulated buyers sign in with it. Set DEV_LOGIN, or unset SIMULATED_BUYERS_URL.',
    );
  }
  if (faults.length > 0) throw new ConfigFault('gateway', faults);
  return {
    host: hostOf(values),
    port: values.PORT,
    redisUrl: values.REDIS_URL,
    natsUrl: values.NATS_URL,
    jwtSecret: secret('JWT_SECRET'),
    jwtPublicKey: values.JWT_PUBLIC_KEY,
    tokenSecret: secret('TOKEN_SECRET'),
    adminToken: secret('ADMIN_TOKEN'),
    paymentWebhookSecret: secret('PAYMENT_WEBHOOK_SECRET'),
    devLogin: values.DEV_LOGIN,
    simulatedBuyersUrl: values.SIMULATED_BUYERS_URL,
    logLevel: values.LOG_LEVEL,
  };
}
