import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProviderUnavailable, type StatementLine, StatementNotReady } from '../../provider.ts';
import { beijingDay, fromBeijing } from './beijing-time.ts';
import { refundOf, uuidOf } from './numbers.ts';
import { CURRENCY } from './transactions.ts';
import { fitting, type WeChatClient } from './wechat-client.ts';

const TIMEOUT_MS = 5_000;
const DOWNLOAD_TIMEOUT_MS = 120_000;
/** Of the compressed file: some ten million payments. */
const MOST_BYTES = 512 * 1_024 * 1_024;

const billAnswer = Compile(
  Type.Object({ hash_type: Type.Literal('SHA1'), hash_value: Type.String(), download_url: Type.String() }),
);

/** Yields the lines of the day's bill. https://pay.weixin.qq.com/doc/v3/merchant/4012791886 */
export async function* readBill(client: WeChatClient, day: string): AsyncGenerator<StatementLine> {
  if (day >= beijingDay(Date.now())) throw new StatementNotReady('WeChat Pay makes the bill of a day on the next one.');
  const file = await downloadBill(client, day);
  let columns: string[] | undefined;
  for await (const line of createInterface({ input: file(), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (columns === undefined) columns = line.replace(/^\uFEFF/, '').split(',');
    else if (!line.startsWith('`'))
      break; // The header of the sums.
    else {
      const read = lineOf(columns, line, client.merchant.appId);
      if (read !== undefined) yield read;
    }
  }
}

/** Returns a function that reads the bill from its beginning. It stays compressed in memory, and is read twice: its hash counts first. */
async function downloadBill(client: WeChatClient, day: string): Promise<() => Readable> {
  const path = `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL&tar_type=GZIP`;
  const answer = await client.call({ method: 'GET', path }, performance.now() + TIMEOUT_MS);
  if (!answer.ok) {
    if (/^NOSTATEMENTEXIST$|^STATEMENTCREATING$/.test(answer.code)) {
      throw new StatementNotReady(`WeChat Pay has no bill of ${day} (yet): ${answer.code}.`);
    }
    throw new ProviderUnavailable(`WeChat Pay gave no bill of ${day} (${answer.code}).`);
  }
  const { download_url, hash_value } = fitting(billAnswer, answer.body, 'a bill');
  // Requests are signed, so none goes to another host.
  const location = /\/v3\/billdownload\/.+$/.exec(download_url)?.[0];
  if (location === undefined) throw new ProviderUnavailable('WeChat Pay gave a strange address for the bill.');
  const until = performance.now() + DOWNLOAD_TIMEOUT_MS;
  const { status, body } = await client.send({ method: 'GET', path: location }, until, MOST_BYTES);
  if (status !== 200) throw new ProviderUnavailable(`WeChat Pay answered ${status} to the download of a bill.`);
  const open = (): Readable => new PassThrough().end(body).pipe(createGunzip());
  // The file has no signature. The signed answer has its hash.
  const hash = createHash('sha1');
  try {
    for await (const chunk of open()) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new ProviderUnavailable("The bill can't be decompressed.", { cause });
  }
  if (hash.digest('hex') !== hash_value.toLowerCase())
    throw new ProviderUnavailable('The bill is not the one that WeChat Pay announced.');
  return open;
}

/** Undefined for a line of the merchant's other systems, and for a refund that WeChat Pay did not pay. */
function lineOf(columns: readonly string[], line: string, appId: string): StatementLine | undefined {
  // Every field begins with a backquote, and none of ours holds one.
  const fields = line.slice(1).split(',`');
  const field = (...names: string[]) => fields[columns.findIndex((column) => names.includes(column))] ?? '';
  const paymentId = uuidOf(field('商户订单号'));
  if (paymentId === undefined || field('公众账号ID') !== appId) return undefined;
  const at = fromBeijing(field('交易时间'));
  const state = field('交易状态');
  if (state === 'SUCCESS')
    return { kind: 'payment', paymentId, amountCents: fen(field('订单金额', '总金额')), currency: CURRENCY, at };
  if (state !== 'REFUND' || !/^(SUCCESS|PROCESSING)$/.test(field('退款状态'))) return undefined;
  const refundId = refundOf(field('商户退款单号'))?.refundId;
  return { kind: 'refund', paymentId, refundId, amountCents: fen(field('申请退款金额', '退款金额')), currency: CURRENCY, at };
}

/** Yuan with up to two digits after the point, in fen. */
function fen(yuan: string): number {
  const [, whole, part = ''] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(yuan) ?? [];
  if (whole === undefined) throw new ProviderUnavailable('The bill of WeChat Pay has an amount of another form.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}
