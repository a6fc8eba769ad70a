import { unzipSync } from 'fflate';
import { reasonOf } from 'seckill-core';
import { HttpPool } from '../../../servers/http-pool.ts';
import { ProviderUnavailable, type StatementLine, StatementNotReady } from '../../provider.ts';
import type { AlipayGateway } from './alipay-gateway.ts';
import { fenOf, idOf, msOf, refundOf } from './alipay-terms.ts';

const TIMEOUT_MS = 60_000;
const MOST_ZIP_BYTES = 64 * 1_024 * 1_024;
const MOST_CSV_BYTES = 400 * 1_024 * 1_024;

const KINDS: Readonly<Record<string, StatementLine['kind']>> = { 交易: 'payment', 退款: 'refund' };

/**
 * Yields the payments and refunds of this platform in the bill of a day, which Alipay makes at about 9 o'clock on the next day. There is no bill of a day
 * without trades either, and Alipay's answer doesn't tell the two apart.
 */
export async function* readStatement(gateway: AlipayGateway, day: string): AsyncGenerator<StatementLine> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  const method = 'alipay.data.dataservice.bill.downloadurl.query';
  const answer = await gateway.call(method, { bill_type: 'trade', bill_date: day }, giveUpAt);
  if (answer.refused) {
    if (/bill_?not_?exist/i.test(answer.subCode)) throw new StatementNotReady(`Alipay has no bill of ${day}.`);
    throw new ProviderUnavailable(`Alipay could not do ${method}: ${answer.subCode}.`);
  }
  const zip = await download(answer.bill_download_url ?? '', giveUpAt);
  const isSmall = ({ originalSize }: { originalSize: number }) => originalSize <= MOST_CSV_BYTES;
  // Two files, one of them a summary, with names that not every reader can decode: told apart by their columns.
  for (const file of Object.values(unzipSync(zip, { filter: isSmall }))) yield* linesOf(new TextDecoder('gb18030').decode(file));
}

async function download(address: string, giveUpAt: number): Promise<Buffer> {
  const { origin, pathname, search } = new URL(address);
  const pool = new HttpPool(origin, 1);
  try {
    const answer = await pool.send({ method: 'GET', path: pathname + search, mostBytes: MOST_ZIP_BYTES }, giveUpAt);
    if (answer.status === 200) return answer.body;
    throw new ProviderUnavailable(`Alipay answered ${answer.status} to the download of its bill.`);
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw error;
    throw new ProviderUnavailable(`Alipay's bill could not be downloaded: ${reasonOf(error)}.`);
  } finally {
    pool.close();
  }
}

function* linesOf(csv: string): Generator<StatementLine> {
  let columns: string[] | undefined;
  for (const row of csv.split('\n')) {
    const cells = row.split(',').map((cell) => cell.trim());
    if (cells[0] === '支付宝交易号') columns = cells;
    else if (columns !== undefined && !row.startsWith('#')) {
      const line = lineOf(columns, cells);
      if (line !== undefined) yield line;
    }
  }
}

/** Undefined for what was not begun by this platform: the bill is that of the whole account. */
function lineOf(columns: readonly string[], cells: readonly string[]): StatementLine | undefined {
  // The unit in a heading is in brackets, whose form has changed.
  const cell = (heading: string) => cells[columns.findIndex((column) => column.startsWith(heading))];
  const paymentId = idOf(cell('商户订单号'));
  const kind = KINDS[cell('业务类型') ?? ''];
  if (paymentId === undefined || kind === undefined) return undefined;
  // A refund has a minus sign.
  const amountCents = fenOf(cell('订单金额')?.replace('-', ''));
  const at = msOf(cell('完成时间'));
  if (amountCents === undefined || at === undefined)
    throw new Error(`Alipay's bill has a line of ${paymentId} that can't be read.`);
  const refundId = kind === 'refund' ? refundOf(cell('退款批次号'))?.refundId : undefined;
  return { kind, paymentId, refundId, amountCents, currency: 'CNY', at };
}
