import { ConfigFault, hostOf, isDevelopment, Port, readEnvironment, settings } from 'seckill-core';
import { Type } from 'typebox';

const Environment = Type.Object({
  NODE_ENV: settings.NODE_ENV,
  LOG_LEVEL: settings.LOG_LEVEL,
  HOST: settings.HOST,
  DOWNSTREAM_PORT: Port(3_910),
  DOWNSTREAM_SMTP_PORT: Port(3_911),
  DOWNSTREAM_STATE_FILE: Type.Optional(Type.String({ description: 'the path of a file' })),
  WAREHOUSE_SECRET: Type.Optional(Type.String()),
});

export interface DownstreamConfig {
  logLevel: string;
  host: string;
  port: number;
  /** Of the mail server. */
  smtpPort: number;
  /** Holds what the sandbox knows, so that a restart forgets nothing. */
  stateFile: string | undefined;
  /** Requests to the warehouse have to be signed with it. None: they need no signature. */
  warehouseSecret: string | undefined;
}

/** Throws one {@link ConfigFault} that lists every fault. */
export function readDownstreamConfig(env: NodeJS.ProcessEnv = process.env): DownstreamConfig {
  const { values, faults } = readEnvironment(Environment, env);
  if (!isDevelopment(values.NODE_ENV)) {
    faults.push('The downstream sandbox ships nothing, so it runs in development only. Set NODE_ENV=development for a trial.');
  }
  if (faults.length > 0) throw new ConfigFault('downstream sandbox', faults);
  return {
    logLevel: values.LOG_LEVEL,
    host: hostOf(values),
    port: values.DOWNSTREAM_PORT,
    smtpPort: values.DOWNSTREAM_SMTP_PORT,
    stateFile: values.DOWNSTREAM_STATE_FILE,
    warehouseSecret: values.WAREHOUSE_SECRET,
  };
}
