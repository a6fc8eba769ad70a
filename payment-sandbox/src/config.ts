import { ConfigFault, HttpUrl, hostOf, isDevelopment, Port, readEnvironment, settings } from 'seckill-core';
import { Type } from 'typebox';

const Environment = Type.Object({
  NODE_ENV: settings.NODE_ENV,
  LOG_LEVEL: settings.LOG_LEVEL,
  HOST: settings.HOST,
  SANDBOX_PORT: Port(3_900),
  SANDBOX_PUBLIC_URL: Type.Optional(HttpUrl),
  PAYMENT_WEBHOOK_URL: Type.Optional(HttpUrl),
  PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
  /** The gateway's port; its webhook is there unless PAYMENT_WEBHOOK_URL says otherwise. */
  PORT: Port(3_000),
});

/** Published in this file, so refused outside development. */
const DEVELOPMENT_WEBHOOK_SECRET = 'development-payment-webhook-secret';

export interface SandboxConfig {
  logLevel: string;
  host: string;
  port: number;
  /** Address for buyers' browsers, if it differs from where the sandbox listens. */
  publicUrl: string | undefined;
  webhookUrl: string;
  webhookSecret: string;
}

/** Throws one {@link ConfigFault} that lists every fault. */
export function readSandboxConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const { values, faults } = readEnvironment(Environment, env);
  const secret = values.PAYMENT_WEBHOOK_SECRET;
  if (!isDevelopment(values.NODE_ENV)) {
    if (secret === undefined) {
      faults.push('PAYMENT_WEBHOOK_SECRET is not set. Outside development it must be a secret of your own.');
    }
    if (secret === DEVELOPMENT_WEBHOOK_SECRET) {
      faults.push('PAYMENT_WEBHOOK_SECRET is the development default, which is public. Set your own.');
    }
  }
  if (faults.length > 0) throw new ConfigFault('payment sandbox', faults);
  return {
    logLevel: values.LOG_LEVEL,
    host: hostOf(values),
    port: values.SANDBOX_PORT,
    publicUrl: values.SANDBOX_PUBLIC_URL,
    webhookUrl: values.PAYMENT_WEBHOOK_URL ?? `http://127.0.0.1:${values.PORT}/api/payments/webhook`,
    webhookSecret: secret ?? DEVELOPMENT_WEBHOOK_SECRET,
  };
}
