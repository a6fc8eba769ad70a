import { type KeyObject, X509Certificate } from 'node:crypto';
import { type Log, parseJson, reasonOf } from 'seckill-core';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { HttpAnswer } from '../../../servers/http-pool.ts';
import { ProviderUnavailable } from '../../provider.ts';
import { isRecent, isSignedBy, signatureIn } from './signing.ts';
import { Sealed, unseal } from './unseal.ts';

/** WeChat Pay asks for a look at least once in 12 hours, so that a new certificate is known before it signs. */
const RENEW_MS = 12 * 3_600_000;
/** After a look, an unknown serial number is not looked for again for this long: strangers choose the numbers. Also the pause after a renewal that failed. */
const PAUSE_MS = 60_000;

const certificateList = Compile(
  Type.Object({ data: Type.Array(Type.Object({ serial_no: Type.String(), encrypt_certificate: Sealed })) }),
);

export interface PlatformKeysOptions {
  apiV3Key: Buffer;
  /** Of a merchant in public-key mode. */
  publicKey?: { id: string; key: KeyObject } | undefined;
  /** Asks WeChat Pay for its certificates. Its answer need not be verified. */
  askForCertificates(giveUpAt: number): Promise<HttpAnswer>;
  log: Log;
}

/**
 * The public keys that WeChat Pay signs with, by serial number: the one of public-key mode, and those of its certificates. A merchant that
 * changes from certificates to a public key gets signatures of both for days, so both are always possible.
 */
export class PlatformKeys {
  readonly #options: PlatformKeysOptions;
  #certificates = new Map<string, X509Certificate>();
  /** Of `Date.now()`. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: PlatformKeysOptions) {
    this.#options = options;
  }

  /** Undefined if WeChat Pay has no key of this serial number. Throws {@link ProviderUnavailable} if it can't be asked. */
  async find(serial: string, giveUpAt: number): Promise<KeyObject | undefined> {
    const { publicKey, log } = this.#options;
    if (serial === publicKey?.id) return publicKey.key;
    const known = this.#valid(serial);
    const age = Date.now() - this.#askedAt;
    if (age < (known === undefined ? PAUSE_MS : RENEW_MS)) return known;
    try {
      await this.#renew(giveUpAt);
    } catch (error) {
      if (known === undefined) throw error;
      this.#askedAt = Date.now() - RENEW_MS + PAUSE_MS;
      log.warn({ err: error }, 'the certificates of WeChat Pay were not renewed; the present ones stay in use');
    }
    return this.#valid(serial);
  }

  #valid(serial: string): KeyObject | undefined {
    const certificate = this.#certificates.get(serial);
    if (certificate === undefined || Date.parse(certificate.validTo) < Date.now()) return undefined;
    return certificate.publicKey;
  }

  /** One request at a time. */
  #renew(giveUpAt: number): Promise<void> {
    this.#asking ??= this.#ask(giveUpAt).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(giveUpAt: number): Promise<void> {
    const answer = await this.#options.askForCertificates(giveUpAt);
    // WeChat Pay has no certificates for a merchant that began in public-key mode.
    const hasNone = answer.status === 404 && this.#options.publicKey !== undefined;
    const certificates = hasNone ? new Map<string, X509Certificate>() : this.#read(answer);
    this.#askedAt = Date.now();
    this.#certificates = certificates;
  }

  /** The certificates are sealed with the merchant's key, so a stranger can't make them. One of them signs the answer, or the public key does. */
  #read({ status, headers, body }: HttpAnswer): Map<string, X509Certificate> {
    const list = parseJson(body);
    if (status !== 200 || !certificateList.Check(list))
      throw new ProviderUnavailable(`WeChat Pay answered ${status} instead of its certificates.`);
    const certificates = new Map(list.data.map((each) => this.#unsealed(each.encrypt_certificate)));
    const signature = signatureIn(headers);
    const { publicKey } = this.#options;
    const signer = signature?.serial === publicKey?.id ? publicKey?.key : certificates.get(signature?.serial ?? '')?.publicKey;
    if (!signature || !signer || !isRecent(signature) || !isSignedBy(signer, signature, body)) {
      throw new ProviderUnavailable('The list of certificates is not signed by WeChat Pay.');
    }
    return certificates;
  }

  #unsealed(sealed: Parameters<typeof unseal>[1]): [string, X509Certificate] {
    const pem = unseal(this.#options.apiV3Key, sealed);
    if (pem === undefined) throw new ProviderUnavailable('WECHATPAY_API_V3_KEY does not open the certificates of WeChat Pay.');
    try {
      const certificate = new X509Certificate(pem);
      return [certificate.serialNumber.toUpperCase(), certificate];
    } catch (cause) {
      throw new ProviderUnavailable(`A certificate of WeChat Pay can't be read: ${reasonOf(cause)}.`, { cause });
    }
  }
}
