/** Published in this file, so refused outside development. The gateway, the worker and the payment sandbox share it. */
export const DEVELOPMENT_WEBHOOK_SECRET = 'development-payment-webhook-secret';

/** HMAC-SHA256 is as strong as its key up to this length. */
const SECRET_MIN_BYTES = 32;

/** A secret as the environment has it, and the default of development, which is public. */
export interface GivenSecret {
  name: string;
  value: string | undefined;
  publicDefault?: string;
}

/** Returns what is wrong with secrets outside development, one sentence each. A secret whose name ends with _PREVIOUS may be missing. */
export function secretFaults(secrets: readonly GivenSecret[]): string[] {
  const faults: string[] = [];
  for (const [index, { name, value, publicDefault }] of secrets.entries()) {
    if (value === undefined) {
      if (!name.endsWith('_PREVIOUS')) faults.push(`${name} is not set. Outside development, set it to a secret of your own.`);
      continue;
    }
    const twin = secrets.slice(0, index).find((other) => other.value === value);
    const bytes = Buffer.byteLength(value);
    if (value === publicDefault) faults.push(`${name} is the development default, which is public. Set your own secret.`);
    else if (twin !== undefined) faults.push(`${name} equals ${twin.name}. One leak would open both: set different secrets.`);
    else if (bytes < SECRET_MIN_BYTES) {
      faults.push(
        `${name} has ${bytes} bytes, too few: set at least ${SECRET_MIN_BYTES}, for example from "openssl rand -hex 32".`,
      );
    }
  }
  return faults;
}
