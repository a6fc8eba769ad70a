import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { AlipaySdk } from 'alipay-sdk';
import { reasonOf } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type HttpAnswer, HttpPool } from '../../../servers/http-pool.ts';
import { ProviderUnavailable } from '../../provider.ts';
import { type AlipaySettings, sdkKeys } from './alipay-keys.ts';
import { shanghaiTime } from './alipay-terms.ts';

/** Requests at once; a rush waits here rather than at Alipay, which limits them. */
const CONNECTIONS = 64;

const text = Type.Optional(Type.String());
/** What this platform reads of all answers. */
const Fields = Type.Object({
  code: Type.String(),
  sub_code: text,
  sub_msg: text,
  out_trade_no: text,
  trade_status: text,
  total_amount: text,
  send_pay_date: text,
  buyer_user_id: text,
  buyer_open_id: text,
  qr_code: text,
  fund_change: text,
  refund_status: text,
  bill_download_url: text,
});
const fields = Compile(Fields);
type Fields = Static<typeof Fields>;

/** `refused`: a definite no, for this request. */
export type AlipayAnswer = ({ refused: false } & Fields) | { refused: true; subCode: string; subMessage: string };

const signInPool = promisify(sign) as (algorithm: string, data: Buffer, key: KeyObject) => Promise<Buffer>;

const { destroy } = Socket.prototype;

/**
 * Takes back what the SDK's HTTP client does to every socket of the process when it is loaded: it marks the error that a socket ends with, and throws if a
 * second socket ends with the same one. The connections to a webhook endpoint do so when it is deleted. We do not use that client.
 */
async function loadSdk(): Promise<typeof import('alipay-sdk')> {
  const sdk = await import('alipay-sdk');
  Socket.prototype.destroy = destroy;
  return sdk;
}

/**
 * Alipay's API. The SDK reads the keys and verifies answers and notifications. It doesn't sign and send: its signature blocks the event loop for a
 * millisecond, 2.5 s for 2,500 buyers at once; its `exec` has one time limit for all calls, opens a connection for each call in a rush, and throws errors
 * that quote the answer. A test compares our signature with the SDK's.
 */
export class AlipayGateway {
  readonly #sdk: AlipaySdk;
  readonly #key: KeyObject;
  readonly #pool: HttpPool;

  private constructor(sdk: AlipaySdk, key: KeyObject) {
    this.#sdk = sdk;
    this.#key = key;
    this.#pool = new HttpPool(sdk.config.gateway, CONNECTIONS);
  }

  static async open(values: AlipaySettings): Promise<AlipayGateway> {
    const { AlipaySdk } = await loadSdk();
    const sdk = new AlipaySdk({ appId: values.ALIPAY_APP_ID, gateway: values.ALIPAY_GATEWAY, ...sdkKeys(values) });
    const key = createPrivateKey(sdk.config.privateKey);
    // As text, it would be parsed at each signature: 0.23 ms of CPU instead of 0.04.
    Object.assign(sdk.config, { alipayPublicKey: createPublicKey(sdk.config.alipayPublicKey) });
    return new AlipayGateway(sdk, key);
  }

  /** Returns a signed address for the buyer's browser. Makes no call. */
  async pageUrl(method: string, content: object, urls: { notify_url: string; return_url: string }): Promise<string> {
    return `${this.#sdk.config.gateway}?${await this.#signed(method, content, urls)}`;
  }

  async call(
    method: string,
    content: { out_trade_no?: string } & Record<string, unknown>,
    giveUpAt: number,
    notifyUrl?: string,
  ): Promise<AlipayAnswer> {
    const query = await this.#signed(method, content, notifyUrl === undefined ? {} : { notify_url: notifyUrl });
    const body = new URLSearchParams({ biz_content: query.get('biz_content') ?? '' }).toString();
    query.delete('biz_content');
    const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', accept: 'application/json' };
    const answer = await this.#pool
      .send({ method: 'POST', path: `?${query}`, headers, body }, giveUpAt)
      .catch((cause: unknown) => {
        throw new ProviderUnavailable(`Alipay did not answer ${method}: ${reasonOf(cause)}.`, { cause });
      });
    const read = this.#read(method, answer);
    // The signature covers the answer, but not the question: an older answer would pass for this one's.
    if (read.refused || read.out_trade_no === content.out_trade_no) return read;
    throw new ProviderUnavailable(`Alipay's answer to ${method} is about another payment.`);
  }

  /** Whether Alipay signed these parameters of a notification. */
  isSigned(notification: Readonly<Record<string, string>>): boolean {
    // The SDK would accept SHA-1 if the notification asks for it, and throws for a name that it doesn't know.
    return notification['sign_type'] === 'RSA2' && this.#sdk.checkNotifySignV2(notification);
  }

  async #signed(method: string, content: object, more: Readonly<Record<string, string>>): Promise<URLSearchParams> {
    const { appId, appCertSn, alipayRootCertSn } = this.#sdk.config;
    const fields = new URLSearchParams({
      app_id: appId,
      method,
      charset: 'utf-8',
      sign_type: 'RSA2',
      // The time in China, whatever the time zone of this machine is.
      timestamp: shanghaiTime(Date.now()),
      version: '1.0',
      ...more,
      // Undefined without certificates.
      ...(appCertSn ? { app_cert_sn: appCertSn, alipay_root_cert_sn: alipayRootCertSn } : {}),
      biz_content: JSON.stringify(content),
    });
    fields.sort();
    const text = Array.from(fields, ([name, value]) => `${name}=${value}`).join('&');
    fields.set('sign', (await signInPool('RSA-SHA256', Buffer.from(text), this.#key)).toString('base64'));
    return fields;
  }

  #read(method: string, { status, body }: HttpAnswer): AlipayAnswer {
    if (status !== 200) throw new ProviderUnavailable(`Alipay answered ${status} to ${method}.`);
    const raw = body.toString();
    const key = `${method.replaceAll('.', '_')}_response`;
    const envelope = parse(raw);
    const answer = envelope[key];
    // The gateway's own errors, such as a wrong app id, are not signed: the code is a hint for the operator, and no answer.
    if (!fields.Check(answer))
      throw new ProviderUnavailable(`Alipay gave no answer to ${method}${hint(envelope['error_response'])}.`);
    if (!this.#isSigned(raw, key, envelope['sign'])) {
      throw new ProviderUnavailable(
        `The signature of Alipay's answer to ${method} is wrong${hint(answer)}. Is the public key Alipay's?`,
      );
    }
    const { code, sub_code: subCode = '', sub_msg: subMessage = '' } = answer;
    if (code === '10000') return { refused: false, ...answer };
    // Business errors say no for good, except those that ask for another try. All others are faults of the set-up or of Alipay.
    if (code === '40004' && !/SYSTEM_ERROR|unknow|BUSY/i.test(subCode)) return { refused: true, subCode, subMessage };
    throw new ProviderUnavailable(`Alipay could not do ${method}${hint(answer)}.`);
  }

  #isSigned(raw: string, key: string, sign: unknown): boolean {
    if (typeof sign !== 'string') return false;
    try {
      this.#sdk.checkResponseSign(raw, key, sign, '');
      return true;
    } catch {
      // Its error quotes the whole answer, which may name a buyer.
      return false;
    }
  }
}

function parse(raw: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(raw)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Returns the codes of an answer, which name no buyer. Empty if it has none. */
function hint(answer: unknown): string {
  const { code = '', sub_code: subCode = '' } = Object(answer) as Record<string, unknown>;
  const codes = [code, subCode].filter((each) => /^[\w.-]{1,60}$/.test(String(each)));
  return codes.length === 0 ? '' : ` (${codes.join(' ')})`;
}
