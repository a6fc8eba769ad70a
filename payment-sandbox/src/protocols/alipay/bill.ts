import { zipSync } from 'fflate';
import type { SandboxPayment } from '../../books.ts';
import type { ProtocolParts } from '../../protocol.ts';
import { gb18030 } from './gb18030.ts';
import { chinaTime, yuan } from './terms.ts';
import { tradeNumber } from './trades.ts';

const COLUMNS =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';

interface Row {
  payment: SandboxPayment;
  kind: '交易' | '退款';
  at: number;
  amount: string;
  refundId: string;
}

/** Returns the bill of a day in China as Alipay packs it. Undefined if the day has no line. Alipay makes it on the next day; here there is one at once. */
export function billOf(books: ProtocolParts['books'], day: string): Buffer | undefined {
  const rows = [...rowsOf(books)].filter(({ at }) => chinaTime(at).startsWith(day)).sort((a, b) => a.at - b.at);
  if (rows.length === 0) return undefined;
  const head = [`#账号：[20880000000000000156]`, `#起始日期：[${day} 00:00:00]   终止日期：[${day} 24:00:00]`];
  const details = ['#支付宝业务明细查询', ...head, `#${'-'.repeat(41)}业务明细列表${'-'.repeat(40)}`, COLUMNS];
  const summary = ['#支付宝业务汇总查询', ...head, '门店编号,门店名称,交易订单总笔数', `合计,,${rows.length}`];
  const name = `20880000000000000156_${day.replaceAll('-', '')}_业务明细`;
  const files = {
    [`${name}.csv`]: gb18030(
      [...details, ...rows.map(lineOf), `#${'-'.repeat(41)}业务明细列表结束${'-'.repeat(36)}`].join('\r\n'),
    ),
    [`${name}(汇总).csv`]: gb18030(summary.join('\r\n')),
  };
  return Buffer.from(zipSync(files));
}

function* rowsOf(books: ProtocolParts['books']): Generator<Row> {
  for (const payment of books.paymentsOf('alipay')) {
    if (payment.paidAt !== undefined)
      yield { payment, kind: '交易', at: payment.paidAt, amount: yuan(payment.amountCents), refundId: '' };
  }
  for (const { doneAt, payment: key, amountCents, refundId } of books.refundsOf('alipay')) {
    const payment = books.payment(key);
    if (doneAt !== undefined && payment !== undefined)
      yield { payment, kind: '退款', at: doneAt, amount: `-${yuan(amountCents)}`, refundId };
  }
}

const lineOf = ({ payment, kind, at, amount, refundId }: Row): string =>
  [
    `${tradeNumber(payment)}\t`,
    `${payment.paymentId}\t`,
    kind,
    payment.title,
    chinaTime(payment.createdAt),
    chinaTime(at),
    ...['\t', '\t', '\t', '\t', '*扬(159****5620)\t'],
    amount,
    amount,
    ...['0.00', '0.00', '0.00', '0.00', '0.00', '', '0.00\t', '0.00'],
    `${refundId}\t`,
    ...['0.00', '0.00', ''],
  ].join(',');
