import { createCipheriv, createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { SandboxAnswer } from '../../protocol.ts';
import { type Certificate, selfSigned } from './certificate.ts';

const signInPool = promisify((data: Buffer, key: KeyObject, done: (error: Error | null, signature: Buffer) => void) =>
  sign('sha256', data, key, done),
);

interface Key {
  /** What the header Wechatpay-Serial says. */
  serial: string;
  privateKey: KeyObject;
}

/** What WeChat Pay signs and seals with. At least one of the keys is there. */
export class Platform {
  readonly certificate: Certificate | undefined;
  readonly #certificateKey: Key | undefined;
  readonly #publicKey: Key | undefined;
  readonly #apiV3Key: Buffer;

  /**
   * @param certificateKey PEM of the key of certificate mode.
   * @param publicKey Id, and PEM of the private half, of the key of public-key mode.
   */
  constructor(apiV3Key: string, certificateKey: string | undefined, publicKey: { id: string; privateKey: string } | undefined) {
    this.#apiV3Key = Buffer.from(apiV3Key);
    if (certificateKey !== undefined) {
      const privateKey = createPrivateKey(certificateKey);
      this.certificate = selfSigned(privateKey, 'WeChat Pay stand-in');
      this.#certificateKey = { serial: this.certificate.serialNo, privateKey };
    }
    if (publicKey !== undefined) this.#publicKey = { serial: publicKey.id, privateKey: createPrivateKey(publicKey.privateKey) };
  }

  /** Signs an answer with the key that the request asks for; without one, with the certificate. */
  async signAnswer(answer: SandboxAnswer, asked: string | undefined): Promise<SandboxAnswer> {
    const isPublicKey = asked !== undefined && asked === this.#publicKey?.serial;
    const key = isPublicKey ? this.#publicKey : (this.#certificateKey ?? this.#publicKey);
    const body = Buffer.from(answer.body);
    const { headers, text } = unsigned(body);
    const signature = key === undefined ? Buffer.alloc(0) : await signInPool(text, key.privateKey);
    return { ...answer, headers: { ...answer.headers, ...headers, ...signed(key, signature) } };
  }

  /** A notification is signed with the public key's half, once the merchant has one. */
  notificationHeaders(body: string): Record<string, string> {
    const key = this.#publicKey ?? this.#certificateKey;
    const { headers, text } = unsigned(Buffer.from(body));
    const signature = key === undefined ? Buffer.alloc(0) : sign('sha256', text, key.privateKey);
    return { 'content-type': 'application/json', ...headers, ...signed(key, signature) };
  }

  /** What WeChat Pay encrypts with the merchant's API v3 key. */
  seal(content: string, associatedData: string): Record<string, string> {
    const nonce = randomBytes(6).toString('hex');
    const cipher = createCipheriv('aes-256-gcm', this.#apiV3Key, nonce);
    cipher.setAAD(Buffer.from(associatedData));
    const sealed = Buffer.concat([cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return {
      algorithm: 'AEAD_AES_256_GCM',
      nonce,
      associated_data: associatedData,
      ciphertext: sealed.toString('base64'),
    };
  }
}

function unsigned(body: Buffer): { headers: Record<string, string>; text: Buffer } {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = randomBytes(16).toString('hex');
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  return { headers: { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce }, text };
}

const signed = (key: Key | undefined, signature: Buffer): Record<string, string> => ({
  'wechatpay-signature': signature.toString('base64'),
  'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
  'wechatpay-serial': key?.serial ?? '',
});

/** Digits that are always the same for the same text, in the form of WeChat Pay's own numbers. */
export const digitsOf = (text: string, length: number): string =>
  BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
    .toString()
    .slice(0, length);
