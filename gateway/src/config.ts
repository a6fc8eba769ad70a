import envSchema from 'env-schema';
import { type Static, Type } from 'typebox';
import { algorithmOf } from './authentication/access-tokens.ts';

const LogLevel = Type.Union(
  (['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) => Type.Literal(level)),
  { default: 'info' },
);

const Environment = Type.Object({
  NODE_ENV: Type.String({ default: 'development' }),
  HOST: Type.Optional(Type.String({ minLength: 1 })),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3_000, description: '0 takes a free one' }),
  REDIS_URL: Type.String({ pattern: '^rediss?://', default: 'redis://127.0.0.1:6379' }),
  NATS_URL: Type.String({ pattern: '^(nats|tls)://', default: 'nats://127.0.0.1:4222' }),
  JWT_SECRET: Type.Optional(Type.String()),
  JWT_PUBLIC_KEY: Type.Optional(Type.String({ description: 'PEM, RSA or Ed25519; takes the place of JWT_SECRET' })),
  TOKEN_SECRET: Type.Optional(Type.String()),
  ADMIN_TOKEN: Type.Optional(Type.String()),
  PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
  DEV_LOGIN: Type.Boolean({ default: false }),
  SIMULATED_BUYERS_URL: Type.Optional(
    Type.String({ pattern: '^http://', description: 'who sends simulated buyers; with DEV_LOGIN' }),
  ),
  LOG_LEVEL: LogLevel,
});
type Environment = Static<typeof Environment>;

/** Known to everybody who reads this file, so refused outside of development. */
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
  /** Where set, access tokens are verified with it and with nothing else. */
  jwtPublicKey: string | undefined;
  tokenSecret: string;
  adminToken: string;
  paymentWebhookSecret: string;
  devLogin: boolean;
  /** Where the console's button asks for simulated buyers. Never without devLogin. */
  simulatedBuyersUrl: string | undefined;
  logLevel: Environment['LOG_LEVEL'];
}

/** What is wrong with the environment, all of it, a sentence each. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The gateway cannot start with this environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Any other name (`production`, `staging`, a typing error) means that real buyers may come. */
function isDevelopment(nodeEnv: string): boolean {
  return nodeEnv === 'development' || nodeEnv === 'test';
}

/** Reads the environment. Throws one {@link ConfigFault} that lists every fault. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const { values, faults } = check(given);
  const production = !isDevelopment(values.NODE_ENV);
  const secret = (name: SecretName): string => values[name] ?? (production ? '' : DEVELOPMENT_SECRETS[name]);

  if (production) {
    for (const name of Object.keys(DEVELOPMENT_SECRETS) as SecretName[]) {
      if (name === 'JWT_SECRET' && values.JWT_PUBLIC_KEY !== undefined) continue;
      const value = secret(name);
      if (value === '') faults.push(`${name} is not set. Outside of development it has to be a secret of your own.`);
      else if (value === DEVELOPMENT_SECRETS[name])
        faults.push(`${name} is the development default, which everybody knows. Set your own.`);
    }
  }
  if (values.DEV_LOGIN && values.JWT_PUBLIC_KEY !== undefined) {
    faults.push('DEV_LOGIN needs JWT_SECRET to sign with, but JWT_PUBLIC_KEY is set. Unset one of the two.');
  }
  if (values.JWT_PUBLIC_KEY !== undefined) {
    try {
      algorithmOf(values.JWT_PUBLIC_KEY);
    } catch (error) {
      faults.push(`JWT_PUBLIC_KEY has to be an RSA or Ed25519 public key as PEM, and is not: ${(error as Error).message}.`);
    }
  }
  if (values.SIMULATED_BUYERS_URL !== undefined && !values.DEV_LOGIN) {
    faults.push('SIMULATED_BUYERS_URL is for development: simulated buyers sign in with DEV_LOGIN=true, which is not set.');
  }
  if (faults.length > 0) throw new ConfigFault(faults);
  return {
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
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

interface SchemaFault {
  instancePath: string;
  message?: string;
}

/** What fits the schema; where something does not, what can be read in spite of it, so that the other faults are found as well. */
function check(given: Record<string, unknown>): { values: Environment; faults: string[] } {
  const read = (data: Record<string, unknown>) =>
    envSchema<Environment>({ schema: structuredClone(Environment), data: { ...data }, env: false });
  try {
    return { values: read(given), faults: [] };
  } catch (error) {
    const found = new Map<string, string>();
    for (const fault of (error as { errors?: SchemaFault[] }).errors ?? []) {
      const name = fault.instancePath.slice(1);
      if (!found.has(name)) found.set(name, fault.message ?? 'does not fit');
    }
    if (found.size === 0) throw error;
    const faults = Array.from(found, ([name, message]) => `${name} ${explain(name, message)}.`);
    return { values: read(Object.fromEntries(Object.entries(given).filter(([name]) => !found.has(name)))), faults };
  }
}

const FORMS: Readonly<Record<string, string>> = {
  PORT: 'has to be a whole number from 0 to 65535',
  REDIS_URL: 'has to look like redis://[user:password@]host:port[/database]',
  NATS_URL: 'has to look like nats://[user:password@]host:port[,…]',
  DEV_LOGIN: 'has to be true or false',
  SIMULATED_BUYERS_URL: 'has to look like http://127.0.0.1:4000/buyers',
  LOG_LEVEL: 'has to be one of fatal, error, warn, info, debug, trace, silent',
};

function explain(name: string, message: string): string {
  return FORMS[name] ?? message;
}
