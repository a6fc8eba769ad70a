import { DEVELOPMENT_WEBHOOK_SECRET, HttpUrl, isDevelopment, Port, SANDBOX_FAULT, secretFaults, settings } from 'seckill-core';
import { Type } from 'typebox';
import { defineProvider } from '../../provider.ts';

export const provider = defineProvider({
  name: 'http',
  settings: Type.Object({
    PAYMENT_HTTP_URL: Type.Optional(HttpUrl),
    PAYMENT_SANDBOX_URL: Type.Optional(HttpUrl),
    PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
    PAYMENT_WEBHOOK_SECRET_PREVIOUS: Type.Optional(Type.String()),
    /** The payment sandbox's port. Locates the sandbox in development if neither address is set. */
    SANDBOX_PORT: Port(3_900),
    INSECURE_DEMO: settings.INSECURE_DEMO,
    NODE_ENV: settings.NODE_ENV,
  }),
  faultsOf(values, inDevelopment) {
    const { PAYMENT_HTTP_URL: url, PAYMENT_SANDBOX_URL: sandbox, PAYMENT_WEBHOOK_SECRET: secret } = values;
    if (inDevelopment) {
      if (url !== undefined || sandbox !== undefined || values.SANDBOX_PORT !== 0) return [];
      return ['SANDBOX_PORT is 0, so the sandbox takes any free port. Set PAYMENT_SANDBOX_URL to its address.'];
    }
    const faults: string[] = [];
    if (url === undefined && sandbox === undefined) {
      faults.push('PAYMENT_HTTP_URL or PAYMENT_SANDBOX_URL is not set. Outside development, neither has a default.');
    }
    if (url === undefined && sandbox !== undefined && !values.INSECURE_DEMO) faults.push(SANDBOX_FAULT);
    // Beside the sandbox, a worker of an earlier version had no secret, and signed nothing.
    if (url === undefined && secret === undefined) return faults;
    const publicDefault = DEVELOPMENT_WEBHOOK_SECRET;
    const previous = { name: 'PAYMENT_WEBHOOK_SECRET_PREVIOUS', value: values.PAYMENT_WEBHOOK_SECRET_PREVIOUS, publicDefault };
    return [...faults, ...secretFaults([{ name: 'PAYMENT_WEBHOOK_SECRET', value: secret, publicDefault }, previous])];
  },
  async create(values, parts) {
    const { HttpProvider } = await import('./http-provider.ts');
    const { PAYMENT_HTTP_URL: url, PAYMENT_SANDBOX_URL: sandbox = `http://127.0.0.1:${values.SANDBOX_PORT}` } = values;
    const usual = isDevelopment(values.NODE_ENV) ? DEVELOPMENT_WEBHOOK_SECRET : undefined;
    const { PAYMENT_WEBHOOK_SECRET: secret = usual, PAYMENT_WEBHOOK_SECRET_PREVIOUS: previous } = values;
    const secrets = [secret, previous].filter((each) => each !== undefined);
    return new HttpProvider({ ...parts, url: url ?? sandbox, secrets });
  },
});
