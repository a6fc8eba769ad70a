import {
  ConfigFault,
  DEVELOPMENT_WEBHOOK_SECRET,
  HttpUrl,
  hostOf,
  isDevelopment,
  Port,
  readEnvironment,
  SANDBOX_FAULT,
  secretFaults,
  settings,
} from 'seckill-core';
import { Type } from 'typebox';

const Environment = Type.Object({
  NODE_ENV: settings.NODE_ENV,
  LOG_LEVEL: settings.LOG_LEVEL,
  HOST: settings.HOST,
  INSECURE_DEMO: settings.INSECURE_DEMO,
  SANDBOX_PORT: Port(3_900),
  SANDBOX_PUBLIC_URL: Type.Optional(HttpUrl),
  SANDBOX_STATE_FILE: Type.Optional(Type.String({ description: 'the path of a file' })),
  PAYMENT_WEBHOOK_URL: Type.Optional(HttpUrl),
  PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
  PAYMENT_WEBHOOK_SECRET_PREVIOUS: Type.Optional(Type.String()),
  /** The gateway's port; its webhook is there unless PAYMENT_WEBHOOK_URL says otherwise. */
  PORT: Port(3_000),
});

export interface SandboxConfig {
  logLevel: string;
  host: string;
  port: number;
  /** Address for buyers' browsers, if it differs from where the sandbox listens. */
  publicUrl: string | undefined;
  /** The gateway's webhook; that of a protocol is below it. */
  webhooksUrl: string;
  /** Holds what the sandbox knows, so that a restart forgets nothing. */
  stateFile: string | undefined;
}

/** Throws one {@link ConfigFault} that lists every fault. */
export function readSandboxConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const { values, faults } = readEnvironment(Environment, env);
  const secret = values.PAYMENT_WEBHOOK_SECRET;
  if (!isDevelopment(values.NODE_ENV)) {
    const publicDefault = DEVELOPMENT_WEBHOOK_SECRET;
    const previous = { name: 'PAYMENT_WEBHOOK_SECRET_PREVIOUS', value: values.PAYMENT_WEBHOOK_SECRET_PREVIOUS, publicDefault };
    faults.push(...secretFaults([{ name: 'PAYMENT_WEBHOOK_SECRET', value: secret, publicDefault }, previous]));
    if (!values.INSECURE_DEMO) faults.push(SANDBOX_FAULT);
  }
  if (faults.length > 0) throw new ConfigFault('payment sandbox', faults);
  return {
    logLevel: values.LOG_LEVEL,
    host: hostOf(values),
    port: values.SANDBOX_PORT,
    publicUrl: values.SANDBOX_PUBLIC_URL,
    webhooksUrl: values.PAYMENT_WEBHOOK_URL ?? `http://127.0.0.1:${values.PORT}/api/payments/webhook`,
    stateFile: values.SANDBOX_STATE_FILE,
  };
}
