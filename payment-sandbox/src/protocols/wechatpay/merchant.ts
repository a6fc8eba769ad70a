import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { SandboxRequest } from '../../protocol.ts';

const TOLERANCE_SECONDS = 300;

/** The merchant whose requests are taken. */
export class Merchant {
  readonly mchId: string;
  readonly appId: string;
  readonly #serialNo: string;
  readonly #publicKey: KeyObject;

  constructor(given: { mchId: string; appId: string; serialNo: string; publicKey: string }) {
    this.mchId = given.mchId;
    this.appId = given.appId;
    this.#serialNo = given.serialNo;
    this.#publicKey = createPublicKey(given.publicKey);
  }

  /** @param path Path and query as WeChat Pay sees them, from `/v3` on. */
  hasSigned({ method, headers, body }: SandboxRequest, path: string): boolean {
    const [, list = ''] = /^WECHATPAY2-SHA256-RSA2048 (.+)$/.exec(headers.authorization ?? '') ?? [];
    const fields = Object.fromEntries(Array.from(list.matchAll(/(\w+)="([^"]*)"/g), ([, name, value]) => [name, value]));
    const { mchid, nonce_str, signature = '', timestamp, serial_no } = fields as Record<string, string | undefined>;
    if (mchid !== this.mchId || serial_no !== this.#serialNo || nonce_str === undefined) return false;
    if (!(Math.abs(Number(timestamp) - Date.now() / 1_000) <= TOLERANCE_SECONDS)) return false;
    const text = Buffer.concat([Buffer.from(`${method}\n${path}\n${timestamp}\n${nonce_str}\n`), body, Buffer.from('\n')]);
    return verify('sha256', text, this.#publicKey, Buffer.from(signature, 'base64'));
  }
}
