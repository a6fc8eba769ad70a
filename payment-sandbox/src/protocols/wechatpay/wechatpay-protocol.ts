import { randomBytes } from 'node:crypto';
import { parseJson } from 'seckill-core';
import type {
  Protocol,
  ProtocolParts,
  SandboxAnswer,
  SandboxEvent,
  SandboxNotification,
  SandboxRequest,
} from '../../protocol.ts';
import { beijingTime, fault, ok } from './answers.ts';
import { applyForBill, downloadBill } from './bills.ts';
import type { Merchant } from './merchant.ts';
import type { Platform } from './platform.ts';
import { createRefund, queryRefund, refundContent, statusOf } from './refunds.ts';
import { closeOrder, createOrder, NAME, queryOrder, transactionOf } from './transactions.ts';

const PREFIX = '/wechatpay';

/** WeChat Pay's API v3, under `/wechatpay/v3`. */
export class WeChatPayProtocol implements Protocol {
  readonly name = NAME;
  readonly paths = /^\/wechatpay\/v3\//;
  readonly #parts: ProtocolParts;
  readonly #merchant: Merchant;
  readonly #platform: Platform;

  constructor(parts: ProtocolParts, merchant: Merchant, platform: Platform) {
    this.#parts = parts;
    this.#merchant = merchant;
    this.#platform = platform;
  }

  /** Signs every answer but those to a stranger, and those with a file. */
  async handle(request: SandboxRequest): Promise<SandboxAnswer> {
    if (!this.#merchant.hasSigned(request, request.url.slice(PREFIX.length))) return fault(401, 'SIGN_ERROR', '签名错误');
    if (request.path === `${PREFIX}/v3/billdownload/file`) return downloadBill(this.#parts, this.#merchant, request.query);
    const asked = request.headers['wechatpay-serial'];
    return this.#platform.signAnswer(this.#answer(request), typeof asked === 'string' ? asked : undefined);
  }

  #answer({ method, path, query, body }: SandboxRequest): SandboxAnswer {
    const parts = this.#parts;
    const merchant = this.#merchant;
    const call = `${method} ${path.slice(PREFIX.length)}`;
    const [, kind] = /^POST \/v3\/pay\/transactions\/(native|jsapi)$/.exec(call) ?? [];
    if (kind === 'native' || kind === 'jsapi') return createOrder(parts, merchant, kind, parseJson(body));
    const [, number = '', close] = /^\w+ \/v3\/pay\/transactions\/out-trade-no\/([^/]+)(\/close)?$/.exec(call) ?? [];
    if (method === 'GET' && number !== '' && close === undefined) return queryOrder(parts, merchant, number);
    if (method === 'POST' && close !== undefined) return closeOrder(parts, merchant, number, parseJson(body));
    if (call === 'POST /v3/refund/domestic/refunds') return createRefund(parts, parseJson(body));
    const [, refund] = /^GET \/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(call) ?? [];
    if (refund !== undefined) return queryRefund(parts, refund);
    if (call === 'GET /v3/bill/tradebill') return applyForBill(parts, merchant, query);
    if (call === 'GET /v3/certificates') return this.#certificates();
    return fault(404, 'RESOURCE_NOT_EXISTS', '无此接口');
  }

  /** The public key mode has no certificates. */
  #certificates(): SandboxAnswer {
    const { certificate } = this.#platform;
    if (certificate === undefined) return fault(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书');
    const { pem, serialNo, validFrom, validTo } = certificate;
    const encrypted = this.#platform.seal(pem, 'certificate');
    const times = { effective_time: beijingTime(validFrom.getTime()), expire_time: beijingTime(validTo.getTime()) };
    return ok({ data: [{ serial_no: serialNo, ...times, encrypt_certificate: encrypted }] });
  }

  notificationOf(event: SandboxEvent): SandboxNotification | undefined {
    if (event.kind === 'paid') {
      const content = transactionOf(event.payment, this.#merchant, 0);
      return this.#notification(event.id, 'TRANSACTION.SUCCESS', content, event.payment.data);
    }
    if (event.kind !== 'refund' || event.refund.state === 'PENDING') return undefined;
    const { payment, refund } = event;
    const status = statusOf(refund);
    const content = { mchid: this.#merchant.mchId, ...refundContent(refund, payment), refund_status: status };
    return this.#notification(event.id, `REFUND.${status}`, content, refund.data);
  }

  forge(notification: SandboxNotification): SandboxNotification {
    const headers = { ...notification.headers, 'wechatpay-signature': randomBytes(256).toString('base64') };
    return { ...notification, headers };
  }

  isAccepted({ status }: { status: number }): boolean {
    return status === 200 || status === 204;
  }

  #notification(
    id: string,
    type: string,
    content: object,
    { notifyUrl }: Record<string, unknown>,
  ): SandboxNotification | undefined {
    if (typeof notifyUrl !== 'string') return undefined;
    const [kind = ''] = type.toLowerCase().split('.');
    const body = JSON.stringify({
      id,
      create_time: beijingTime(Date.now()),
      resource_type: 'encrypt-resource',
      event_type: type,
      summary: type,
      resource: { original_type: kind, ...this.#platform.seal(JSON.stringify(content), kind) },
    });
    return { url: notifyUrl, headers: this.#platform.notificationHeaders(body), body };
  }
}
