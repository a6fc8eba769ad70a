import type { KeyObject } from 'node:crypto';
import { parseJson, reasonOf } from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import type { HttpAnswer, HttpPool } from '../../../servers/http-pool.ts';
import { ProviderUnavailable } from '../../provider.ts';
import { PlatformKeys, type PlatformKeysOptions } from './platform-keys.ts';
import { isRecent, isSignedBy, newNonce, requestText, signatureIn, signText, unixSeconds } from './signing.ts';

export interface Merchant {
  mchId: string;
  appId: string;
  /** Serial number of the merchant's own certificate. */
  serialNo: string;
  privateKey: KeyObject;
}

interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
}

/** Faults that pass. WeChat Pay's pages name more than one status for some of them. */
const PASSING = /^(SYSTEM_?ERROR|BANK_?ERROR|FREQUENCY_LIMITED|RATE_?LIMIT_?EXCEEDED)$/;

/** A signed answer. `code` is WeChat Pay's error code without underscores: its pages spell ORDER_PAID and ORDERPAID. */
type Answer = { ok: true; body: unknown } | { ok: false; status: number; code: string };

/** Calls WeChat Pay's API v3: signs requests, and believes only signed answers. */
export class WeChatClient {
  readonly merchant: Merchant;
  /** What WeChat Pay signs with. */
  readonly keys: PlatformKeys;
  readonly #pool: HttpPool;
  /** Tells WeChat Pay which of its keys to sign the answer with. */
  readonly #publicKeyId: string | undefined;

  constructor(merchant: Merchant, pool: HttpPool, keys: Omit<PlatformKeysOptions, 'askForCertificates'>) {
    this.merchant = merchant;
    this.#pool = pool;
    this.#publicKeyId = keys.publicKey?.id;
    const askForCertificates = (giveUpAt: number) => this.send({ method: 'GET', path: '/v3/certificates' }, giveUpAt);
    this.keys = new PlatformKeys({ ...keys, askForCertificates });
  }

  /** Throws {@link ProviderUnavailable} if the outcome is unknown. What the answer says is not in the error: it may name a buyer. */
  async call(call: Call, giveUpAt: number): Promise<Answer> {
    const answer = await this.send(call, giveUpAt);
    const { status } = answer;
    const json = answer.body.length === 0 ? {} : parseJson(answer.body);
    const code = codeIn(json);
    const says = `WeChat Pay answered ${status}${code === '' ? '' : ` (${code})`} to ${call.method} ${pathOf(call)}`;
    // WeChat Pay signs no answer to a request that it takes for a stranger's.
    if (status === 401) throw new ProviderUnavailable(`${says}: the merchant's key, number or serial number is wrong.`);
    if (!(await isSigned(answer, this.keys, giveUpAt))) throw new ProviderUnavailable(`${says}, not signed by WeChat Pay.`);
    if (status === 429 || status >= 500 || PASSING.test(code)) throw new ProviderUnavailable(`${says}.`);
    if (status === 200 || status === 204) {
      if (json === undefined) throw new ProviderUnavailable(`${says} with what is not JSON.`);
      return { ok: true, body: json };
    }
    return { ok: false, status, code: code.replaceAll('_', '') };
  }

  /** Sends a signed request. The answer is not verified. */
  async send(call: Call, giveUpAt: number, mostBytes?: number): Promise<HttpAnswer> {
    const body = call.body === undefined ? '' : JSON.stringify(call.body);
    const headers = {
      authorization: await this.#authorization(call, body),
      accept: 'application/json',
      'user-agent': 'seckill',
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      ...(this.#publicKeyId === undefined ? {} : { 'wechatpay-serial': this.#publicKeyId }),
    };
    const { method, path } = call;
    const request = {
      method,
      path,
      headers,
      ...(body === '' ? {} : { body }),
      ...(mostBytes === undefined ? {} : { mostBytes }),
    };
    return this.#pool.send(request, giveUpAt).catch((cause: unknown) => {
      throw new ProviderUnavailable(`WeChat Pay did not answer ${method} ${pathOf(call)}: ${reasonOf(cause)}.`, { cause });
    });
  }

  async #authorization({ method, path }: Call, body: string): Promise<string> {
    const { mchId, serialNo, privateKey } = this.merchant;
    const timestamp = unixSeconds();
    const nonce = newNonce();
    const signature = await signText(requestText({ method, path, timestamp, nonce, body }), privateKey);
    return `WECHATPAY2-SHA256-RSA2048 mchid="${mchId}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNo}"`;
  }
}

/** @param what Completes the sentence "WeChat Pay sent …". Throws {@link ProviderUnavailable} if `body` has another form. */
export function fitting<Shape extends TSchema>(
  shape: Validator<Record<never, never>, Shape>,
  body: unknown,
  what: string,
): Static<Shape> {
  if (!shape.Check(body)) throw new ProviderUnavailable(`WeChat Pay sent ${what} with JSON that does not fit.`);
  return body;
}

async function isSigned({ headers, body }: HttpAnswer, keys: PlatformKeys, giveUpAt: number): Promise<boolean> {
  const signature = signatureIn(headers);
  if (signature === undefined || !isRecent(signature)) return false;
  const key = await keys.find(signature.serial, giveUpAt);
  return key !== undefined && isSignedBy(key, signature, body);
}

const pathOf = ({ path }: Call): string => path.split('?', 1)[0] ?? '';

/** Empty if the answer has none. It may be a stranger's, so it is only repeated if it looks like one of WeChat Pay's. */
function codeIn(json: unknown): string {
  const { code } = (json ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : '';
}
