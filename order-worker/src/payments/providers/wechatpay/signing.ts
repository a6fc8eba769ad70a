import { type KeyObject, randomBytes, type SignKeyObjectInput, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';

/** In the thread pool: a signature with 2,048 bits costs 0.8 ms, and the winners of a sale pay in the same second. */
const signInPool = promisify(
  (data: Buffer, key: KeyObject | SignKeyObjectInput, done: (error: Error | null, signature: Buffer) => void) =>
    sign('sha256', data, key, done),
);

/** A clock that differs by more makes a signature worthless, on either side. */
export const TOLERANCE_SECONDS = 300;

interface SignedRequest {
  method: string;
  /** Path and query, as they are sent. */
  path: string;
  /** Unix seconds. */
  timestamp: number;
  nonce: string;
  body: string;
}

/** What a merchant signs of a request. https://pay.weixin.qq.com/doc/v3/merchant/4012365336 */
export const requestText = ({ method, path, timestamp, nonce, body }: SignedRequest): string =>
  `${method}\n${path}\n${timestamp}\n${nonce}\n${body}\n`;

/** What a merchant signs of a payment inside WeChat. https://pay.weixin.qq.com/doc/v3/merchant/4012365339 */
export const appText = (appId: string, timestamp: number, nonce: string, prepay: string): string =>
  `${appId}\n${timestamp}\n${nonce}\n${prepay}\n`;

export const newNonce = (): string => randomBytes(16).toString('hex');

export const unixSeconds = (): number => Math.floor(Date.now() / 1_000);

/** Resolves with the signature (SHA256-RSA) in base64. */
export async function signText(text: string, privateKey: KeyObject): Promise<string> {
  return (await signInPool(Buffer.from(text), privateKey)).toString('base64');
}

export interface PlatformSignature {
  timestamp: string;
  nonce: string;
  /** Base64. */
  signature: string;
  /** Serial number of a platform certificate, or the id of a public key. */
  serial: string;
}

/** Undefined if a header is missing. */
export function signatureIn(headers: Readonly<Record<string, string | string[] | undefined>>): PlatformSignature | undefined {
  const [timestamp, nonce, signature, serial] = ['timestamp', 'nonce', 'signature', 'serial'].map(
    (name) => headers[`wechatpay-${name}`],
  );
  if (typeof timestamp !== 'string' || typeof nonce !== 'string') return undefined;
  if (typeof signature !== 'string' || typeof serial !== 'string') return undefined;
  return { timestamp, nonce, signature, serial };
}

/** Returns whether WeChat Pay signed these bytes: an answer, or a notification. https://pay.weixin.qq.com/doc/v3/merchant/4013053249 */
export function isSignedBy(key: KeyObject, { timestamp, nonce, signature }: PlatformSignature, rawBody: Buffer): boolean {
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), rawBody, Buffer.from('\n')]);
  return verify('sha256', text, key, Buffer.from(signature, 'base64'));
}

export const isRecent = ({ timestamp }: PlatformSignature): boolean =>
  /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - unixSeconds()) <= TOLERANCE_SECONDS;
