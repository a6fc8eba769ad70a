import { DEVELOPMENT_WEBHOOK_SECRET, type GivenSecret, secretFaults } from 'seckill-core';
import { Type } from 'typebox';
import { keyOfPem } from './security/verification-key.ts';

const text = Type.Optional(Type.String());
const previous = Type.Optional(Type.String({ description: 'a second value that is accepted beside the first' }));

/** Each secret may have a second value that is accepted too, so that it can be changed while the shop is open. */
export const secretSettings = {
  JWT_SECRET: text,
  JWT_SECRET_PREVIOUS: previous,
  JWT_PUBLIC_KEY: text,
  JWT_PUBLIC_KEY_PREVIOUS: previous,
  JWT_JWKS_URL: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'an address like https://shop.eu.auth0.com/.well-known/jwks.json' }),
  ),
  JWT_ISSUER: text,
  JWT_AUDIENCE: text,
  TOKEN_SECRET: text,
  TOKEN_SECRET_PREVIOUS: previous,
  ADMIN_TOKEN: text,
  ADMIN_TOKEN_PREVIOUS: previous,
  PAYMENT_WEBHOOK_SECRET: text,
  PAYMENT_WEBHOOK_SECRET_PREVIOUS: previous,
};
export type SecretValues = { [Name in keyof typeof secretSettings]?: string | undefined };

/** Public, because they are in this file: outside development they are refused. */
export const DEVELOPMENT_SECRETS = {
  JWT_SECRET: 'development-jwt-secret',
  TOKEN_SECRET: 'development-token-secret',
  ADMIN_TOKEN: 'development-admin-token',
  PAYMENT_WEBHOOK_SECRET: DEVELOPMENT_WEBHOOK_SECRET,
} as const;
export type SecretName = keyof typeof DEVELOPMENT_SECRETS;

/** Returns what is wrong with the secrets in use, one sentence each. */
export function faultsOfSecrets(values: SecretValues, isProduction: boolean): string[] {
  const faults = publicKeyFaults(values);
  if (values.JWT_PUBLIC_KEY !== undefined && values.JWT_JWKS_URL !== undefined) {
    faults.push('JWT_PUBLIC_KEY and JWT_JWKS_URL are both set, and only one can be in use. Unset one of the two.');
  }
  if (!isProduction) return faults;
  if (values.JWT_JWKS_URL?.startsWith('http:')) {
    faults.push('JWT_JWKS_URL is not an https address. Outside development, anyone on the way could sign users in.');
  }
  const isSecretInUse = values.JWT_PUBLIC_KEY === undefined && values.JWT_JWKS_URL === undefined;
  const inUse = (Object.keys(DEVELOPMENT_SECRETS) as SecretName[]).filter((name) => name !== 'JWT_SECRET' || isSecretInUse);
  const given = inUse.flatMap((name): GivenSecret[] => [
    { name, value: values[name], publicDefault: DEVELOPMENT_SECRETS[name] },
    { name: `${name}_PREVIOUS`, value: values[`${name}_PREVIOUS`], publicDefault: DEVELOPMENT_SECRETS[name] },
  ]);
  return [...faults, ...secretFaults(given)];
}

function publicKeyFaults(values: SecretValues): string[] {
  const faults: string[] = [];
  for (const name of ['JWT_PUBLIC_KEY', 'JWT_PUBLIC_KEY_PREVIOUS'] as const) {
    try {
      if (values[name] !== undefined) keyOfPem(values[name]);
    } catch (error) {
      faults.push(`${name} must be an RSA, P-256 or Ed25519 public key in PEM format: ${(error as Error).message}.`);
    }
  }
  if (values.JWT_PUBLIC_KEY_PREVIOUS !== undefined && values.JWT_PUBLIC_KEY === undefined) {
    faults.push('JWT_PUBLIC_KEY_PREVIOUS is set without JWT_PUBLIC_KEY. Set both, or neither.');
  }
  return faults;
}
