import { createPrivateKey, createPublicKey, createSign, createVerify, type KeyObject } from 'node:crypto';

export type Fields = Readonly<Record<string, string>>;

/** Reads the Base64 text that Alipay's key tool writes. */
export const publicKeyOf = (text: string): KeyObject =>
  createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
export const privateKeyOf = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });

/** RSA2, as Alipay calls RSA with SHA-256. */
const signText = (text: string, key: KeyObject): string => createSign('RSA-SHA256').update(text).sign(key, 'base64');

/** Returns whether the shop signed these parameters of a request. */
export function isSignedBy(key: KeyObject, { sign = '', ...fields }: Fields): boolean {
  return fields['sign_type'] === 'RSA2' && createVerify('RSA-SHA256').update(joined(fields)).verify(key, sign, 'base64');
}

/** Returns the form of a notification. Its signature doesn't cover `sign_type`. */
export function signedForm(fields: Fields, key: KeyObject): string {
  return new URLSearchParams({ ...fields, sign: signText(joined(fields), key), sign_type: 'RSA2' }).toString();
}

/** Returns an answer as Alipay writes it: the signature covers the text between the outer braces, with its escaped slashes. */
export function signedAnswer(name: string, answer: object, key: KeyObject): string {
  const text = JSON.stringify(answer).replaceAll('/', '\\/');
  return `{"${name}":${text},"sign":"${signText(text, key)}"}`;
}

const joined = (fields: Fields): string =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&');
