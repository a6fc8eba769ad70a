import { createDecipheriv } from 'node:crypto';
import { type Static, Type } from 'typebox';

const TAG_BYTES = 16;

/** What WeChat Pay encrypts with the merchant's API v3 key: notifications, and platform certificates. */
export const Sealed = Type.Object({
  algorithm: Type.Literal('AEAD_AES_256_GCM'),
  /** Base64, with the tag at its end. */
  ciphertext: Type.String(),
  nonce: Type.String({ minLength: 1, maxLength: 32 }),
  associated_data: Type.Optional(Type.String()),
});

/** Undefined if it was sealed with another key, or was changed. */
export function unseal(apiV3Key: Buffer, sealed: Static<typeof Sealed>): string | undefined {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  if (bytes.length < TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', apiV3Key, sealed.nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(sealed.associated_data ?? ''));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
