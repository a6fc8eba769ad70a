import { type KeyObject, randomBytes } from 'node:crypto';
import type {
  Protocol,
  ProtocolParts,
  SandboxAnswer,
  SandboxEvent,
  SandboxNotification,
  SandboxRequest,
} from '../../protocol.ts';
import { billOf } from './bill.ts';
import { notificationFields } from './notifications.ts';
import { type Fields, isSignedBy, signedAnswer, signedForm } from './signing.ts';
import { msOfChinaTime } from './terms.ts';
import { AlipayError, type Content, HAS_CLOSE, Trades } from './trades.ts';

const PAGE = 'alipay.trade.page.pay';
/** Alipay's clock and the shop's may differ by this. */
const CLOCKS_MS = 15 * 60 * 1000;

export interface AlipayKeys {
  appId: string;
  /** Verifies the shop's requests. */
  appKey: KeyObject;
  /** Signs answers and notifications. */
  ownKey: KeyObject;
}

/** The part of Alipay's gateway that the shop calls. */
export class AlipayProtocol implements Protocol {
  readonly name = 'alipay';
  readonly paths = /^\/alipay\//;
  readonly #keys: AlipayKeys;
  readonly #parts: ProtocolParts;
  readonly #methods: Readonly<Record<string, (content: Content, fields: Fields, host: string) => object>>;
  readonly #trades: Trades;

  constructor(keys: AlipayKeys, parts: ProtocolParts) {
    this.#keys = keys;
    this.#parts = parts;
    const trades = new Trades(parts);
    this.#trades = trades;
    this.#methods = {
      'alipay.trade.precreate': (content, fields) => {
        const { paymentId, token } = trades.open(content, fields, true);
        return { code: '10000', msg: 'Success', out_trade_no: paymentId, qr_code: `https://qr.alipay.com/${token}` };
      },
      'alipay.trade.query': (content) => trades.query(content),
      'alipay.trade.close': (content) => trades.close(content),
      'alipay.trade.refund': (content) => trades.refund(content),
      'alipay.trade.fastpay.refund.query': (content) => trades.queryRefund(content),
      'alipay.data.dataservice.bill.downloadurl.query': (content, _, host) => this.#findBill(String(content['bill_date']), host),
    };
  }

  async handle(request: SandboxRequest): Promise<SandboxAnswer> {
    const { path, method } = request;
    const [, day] = /^\/alipay\/bill\/([\d-]+)\.zip$/.exec(path) ?? [];
    if (day !== undefined) return { status: 200, body: billOf(this.#parts.books, day) ?? '' };
    if (path !== '/alipay/gateway.do') return { status: 404, body: '' };
    const form = method === 'POST' ? new URLSearchParams(request.body.toString()) : [];
    const fields = Object.fromEntries([...request.query, ...form]);
    return fields['method'] === 'alipay.trade.page.pay'
      ? this.#openPage(fields)
      : this.#answer(fields, request.headers.host ?? '');
  }

  notificationOf(event: SandboxEvent): SandboxNotification | undefined {
    const { notifyUrl } = event.payment.data;
    const fields = notificationFields(event, this.#keys.appId, this.#parts.books.refundedCents(event.payment.key));
    if (fields === undefined || typeof notifyUrl !== 'string') return undefined;
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    return { url: notifyUrl, headers, body: signedForm(fields, this.#keys.ownKey) };
  }

  forge(notification: SandboxNotification): SandboxNotification {
    const fields = new URLSearchParams(notification.body);
    fields.set('sign', randomBytes(256).toString('base64'));
    return { ...notification, body: fields.toString() };
  }

  isAccepted({ status, body }: { status: number; body: string }): boolean {
    return status === 200 && body.trim() === 'success';
  }

  #openPage(fields: Fields): SandboxAnswer {
    try {
      const fault = this.#faultOf(fields);
      if (fault !== undefined) throw fault;
      const payment = this.#trades.show(contentOf(fields), fields);
      return { status: 302, headers: { location: this.#parts.cashierUrl(payment) }, body: '' };
    } catch (error) {
      if (!(error instanceof AlipayError)) throw error;
      const headers = { 'content-type': 'text/html; charset=utf-8' };
      const status = error.subCode === HAS_CLOSE ? 409 : 400;
      return { status, headers, body: `<!doctype html><title>支付宝</title><p>${error.message} (${error.subCode})</p>` };
    }
  }

  async #answer(fields: Fields, host: string): Promise<SandboxAnswer> {
    const { method = '' } = fields;
    const headers = { 'content-type': 'text/html;charset=utf-8' };
    const call = this.#methods[method];
    const fault = call === undefined ? new AlipayError('isv.invalid-method', '不存在的方法名') : this.#faultOf(fields);
    if (call === undefined || fault?.subCode === 'isv.invalid-app-id') {
      // Alipay doesn't know whose key to use.
      const answer = { code: '40002', msg: 'Invalid Arguments', sub_code: fault?.subCode, sub_msg: fault?.message };
      return { status: 200, headers, body: JSON.stringify({ error_response: answer }) };
    }
    const answer =
      fault === undefined ? outcome(() => call(contentOf(fields), fields, host)) : failure('40002', 'Invalid Arguments', fault);
    return {
      status: 200,
      headers,
      body: await signedAnswer(`${method.replaceAll('.', '_')}_response`, answer, this.#keys.ownKey),
    };
  }

  #faultOf(fields: Fields): AlipayError | undefined {
    if (fields['app_id'] !== this.#keys.appId) return new AlipayError('isv.invalid-app-id', '无效的AppID参数');
    if (!isSignedBy(this.#keys.appKey, fields)) return new AlipayError('isv.invalid-signature', '验签出错');
    const isNow = Math.abs(msOfChinaTime(fields['timestamp'] ?? '') - Date.now()) < CLOCKS_MS;
    // A buyer may open the page long after its address was signed.
    return isNow || fields['method'] === PAGE ? undefined : new AlipayError('isv.invalid-timestamp', '非法的时间戳参数');
  }

  /** Answers with the address at which the shop reached this server: it may have no other. */
  #findBill(day: string, host: string): object {
    if (billOf(this.#parts.books, day) === undefined) throw new AlipayError('isp.bill_not_exist', '账单不存在');
    return { code: '10000', msg: 'Success', bill_download_url: `http://${host}/alipay/bill/${day}.zip` };
  }
}

const failure = (code: string, msg: string, { subCode, message }: AlipayError) => ({
  code,
  msg,
  sub_code: subCode,
  sub_msg: message,
});

function outcome(call: () => object): object {
  try {
    return call();
  } catch (error) {
    if (error instanceof AlipayError) return failure('40004', 'Business Failed', error);
    throw error;
  }
}

function contentOf(fields: Fields): Content {
  try {
    return Object(JSON.parse(fields['biz_content'] ?? '')) as Content;
  } catch {
    return {};
  }
}
