import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SandboxPayment, SandboxRefund } from '../../books.ts';
import type { ProtocolParts, SandboxAnswer } from '../../protocol.ts';
import { beijingDay, beijingTime, fault, ok } from './answers.ts';
import type { Merchant } from './merchant.ts';
import { digitsOf } from './platform.ts';
import { refundNumber, statusOf } from './refunds.ts';
import { NAME, openIdOf } from './transactions.ts';

const COLUMNS =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const SUM_COLUMNS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

/** GET /v3/bill/tradebill */
export function applyForBill(parts: ProtocolParts, merchant: Merchant, query: URLSearchParams): SandboxAnswer {
  const day = query.get('bill_date') ?? '';
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || query.get('bill_type') !== 'ALL') return fault(400, 'PARAM_ERROR', '参数错误');
  if (day >= beijingDay(Date.now())) return fault(400, 'INVALID_REQUEST', '账单日期不合法');
  const bill = billOf(parts, merchant, day);
  if (bill === undefined) return fault(400, 'NO_STATEMENT_EXIST', '账单文件不存在');
  const token = `${day}${query.get('tar_type') === 'GZIP' ? '.gz' : ''}`;
  return ok({
    hash_type: 'SHA1',
    hash_value: createHash('sha1').update(bill).digest('hex'),
    download_url: `${parts.publicUrl}/wechatpay/v3/billdownload/file?token=${token}`,
  });
}

/** GET /v3/billdownload/file. Its answer is not signed. */
export function downloadBill(parts: ProtocolParts, merchant: Merchant, query: URLSearchParams): SandboxAnswer {
  const [, day = '', gzip] = /^(\d{4}-\d\d-\d\d)(\.gz)?$/.exec(query.get('token') ?? '') ?? [];
  const bill = Buffer.from(billOf(parts, merchant, day) ?? '');
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: gzip === undefined ? bill : gzipSync(bill),
  };
}

/** Undefined if nothing was paid or refunded on that day. */
function billOf({ books }: ProtocolParts, merchant: Merchant, day: string): string | undefined {
  const lines: string[] = [];
  let sum = 0;
  let back = 0;
  for (const payment of books.paymentsOf(NAME)) {
    if (payment.paidAt === undefined || beijingDay(payment.paidAt) !== day) continue;
    sum += payment.amountCents;
    lines.push(row(merchant, payment, payment.paidAt));
  }
  for (const refund of books.refundsOf(NAME)) {
    const payment = books.payment(refund.payment);
    if (payment === undefined || beijingDay(refund.createdAt) !== day) continue;
    back += refund.amountCents;
    lines.push(row(merchant, payment, refund.createdAt, refund));
  }
  if (lines.length === 0) return undefined;
  const sums = fields([String(lines.length), yuan(sum), yuan(back), '0.00', '0.00', yuan(sum), yuan(back)]);
  return `\uFEFF${[COLUMNS, ...lines, SUM_COLUMNS, sums].join('\r\n')}\r\n`;
}

const yuan = (fen: number): string => (fen / 100).toFixed(2);
const fields = (values: readonly string[]): string => values.map((value) => `\`${value}`).join(',');

function row({ appId, mchId }: Merchant, payment: SandboxPayment, at: number, refund?: SandboxRefund): string {
  const time = beijingTime(at).slice(0, 19).replace('T', ' ');
  const [kind = 'native'] = (payment.data['order'] ?? []) as string[];
  const head = [time, appId, mchId, '0', '', `42000${digitsOf(payment.token, 23)}`, payment.paymentId, openIdOf(payment)];
  const paid = refund === undefined ? yuan(payment.amountCents) : '0.00';
  const back = refund === undefined ? '0.00' : yuan(refund.amountCents);
  const numbers = refund === undefined ? ['0', '0'] : [refundNumber(refund), refund.refundId];
  const status = refund === undefined ? '' : statusOf(refund).replace('ABNORMAL', 'CHANGE').replace('CLOSED', 'FAIL');
  return fields([
    ...head,
    kind.toUpperCase(),
    refund === undefined ? 'SUCCESS' : 'REFUND',
    'OTHERS',
    'CNY',
    paid,
    '0.00',
    ...numbers,
    back,
    '0.00',
    refund === undefined ? '' : 'ORIGINAL',
    status,
    payment.title,
    payment.orderId,
    '0.00000',
    '0.60%',
    paid,
    back,
    '',
  ]);
}
