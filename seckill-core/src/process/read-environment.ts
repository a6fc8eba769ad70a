import envSchema from 'env-schema';
import { type Static, type TObject, Type } from 'typebox';
import { NATS_PREFIX } from '../bus/nats-prefix.ts';

const LogLevel = Type.Union(
  (['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) => Type.Literal(level)),
  { default: 'info', description: 'one of fatal, error, warn, info, debug, trace, silent' },
);

/** Settings that several processes read. A setting's `description` completes the sentence "NAME has to be …". */
export const settings = {
  NODE_ENV: Type.String({ default: 'development' }),
  LOG_LEVEL: LogLevel,
  INSECURE_DEMO: Type.Boolean({ default: false, description: 'true or false' }),
  HOST: Type.Optional(Type.String({ minLength: 1, description: 'an address to listen on' })),
  REDIS_URL: Type.String({
    pattern: '^rediss?://',
    default: 'redis://127.0.0.1:6379',
    description: 'an address like redis://[user:password@]host:port[/database]',
  }),
  NATS_URL: Type.String({
    pattern: '^(nats|tls)://',
    default: 'nats://127.0.0.1:4222',
    description: 'an address like nats://[user:password@]host:port[,…]',
  }),
  NATS_CREDS: Type.Optional(Type.String({ description: 'the path of a .creds file' })),
  NATS_PREFIX: Type.Optional(
    Type.String({ pattern: NATS_PREFIX, description: 'at most 32 lower-case letters, digits, "-" and "_", like blue' }),
  ),
} as const;

/** A TCP port. 0 takes a free one, or turns the listener off. */
export const Port = (port: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: port, description: 'a whole number from 0 to 65535' });

export const HttpUrl = Type.String({ pattern: '^https?://', description: 'an address like http://127.0.0.1:3000' });

export const DatabaseUrl = Type.String({
  pattern: '^postgres(ql)?://',
  description: 'an address like postgresql://user:password@host:port/database',
});

/** Published in this file, so refused outside development. */
export const DEVELOPMENT_DATABASE_URL = 'postgresql://seckill:seckill@127.0.0.1:5432/seckill';

/** The worker and the sandbox itself refuse alike: with only one of them, orders would wait for a payment for ever. */
export const SANDBOX_FAULT =
  'The payment sandbox moves no money: buyers get goods for a click. Set INSECURE_DEMO=true if this is not a real shop.';

/** Every fault of the environment, one sentence each. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly faults: readonly string[];

  constructor(process: string, faults: readonly string[]) {
    super(`The ${process} cannot start with this environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Any other name (`production`, `staging`, a typing error) means that real buyers may come. */
export function isDevelopment(nodeEnv: string): boolean {
  return nodeEnv === 'development' || nodeEnv === 'test';
}

/** The address to listen on: `HOST`, else every interface in production and loopback in development. */
export function hostOf({ HOST, NODE_ENV }: { HOST?: string; NODE_ENV: string }): string {
  return HOST ?? (isDevelopment(NODE_ENV) ? '127.0.0.1' : '0.0.0.0');
}

/**
 * Validates the environment. On errors, still returns the valid part so that one run reports every error: a setting that has to be there may be
 * missing then. An empty variable counts as unset.
 */
export function readEnvironment<Schema extends TObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): { values: Static<Schema>; faults: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = (data: Record<string, unknown>, more: object = {}) =>
    envSchema<Static<Schema>>({ schema: { ...structuredClone(schema as object), ...more }, data: { ...data }, env: false });
  try {
    return { values: read(given), faults: [] };
  } catch (error) {
    const { errors = [] } = error as { errors?: { instancePath: string; params?: { missingProperty?: string } }[] };
    const wrong = new Set(errors.map(({ instancePath, params }) => params?.missingProperty ?? instancePath.slice(1)));
    if (wrong.size === 0) throw error;
    const faults = Array.from(wrong, (name) => {
      const { description = 'of another form' } = (schema.properties[name] ?? {}) as { description?: string };
      return `${name} has to be ${description}${shown(name, given[name])}.`;
    });
    const right = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
    return { values: read(right, { required: [] }), faults };
  }
}

/** Faults go to the log, so a key and an address that may hold a password are not quoted. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return '; it is not set';
  return value.includes('@') || /KEY|SECRET|TOKEN/.test(name) ? '' : `; it is "${value}"`;
}

/** Reads a process's settings. On a {@link ConfigFault}, prints it and exits with 1; any other error is thrown. */
export function configOrExit<Config>(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    console.error(error.message);
    return process.exit(1);
  }
}
