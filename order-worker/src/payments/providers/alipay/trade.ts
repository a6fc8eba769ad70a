import { type CheckoutRequest, ProviderRefused } from '../../provider.ts';
import { merchantNumber, shanghaiTime, yuanOf } from './alipay-terms.ts';

/** What Alipay takes for one payment: 100 million yuan. */
const MOST_FEN = 10_000_000_000;

/** Returns what the page and the QR code have in common. Throws {@link ProviderRefused} if Alipay would never take it. */
export function tradeOf(request: CheckoutRequest) {
  const { paymentId, orderId, lines, amountCents, currency, expiresAt } = request;
  if (currency !== 'CNY') throw new ProviderRefused(`Alipay takes CNY here, not ${currency}.`);
  if (amountCents > MOST_FEN) throw new ProviderRefused('Alipay takes at most 100,000,000.00 yuan at once.');
  const titles = lines.map(({ title, quantity }) => (quantity === 1 ? title : `${title} × ${quantity}`)).join('；');
  return {
    out_trade_no: merchantNumber(paymentId),
    total_amount: yuanOf(amountCents),
    subject: plain(titles),
    goods_detail: lines.map(({ title, quantity, unitCents }, index) => ({
      goods_id: String(index + 1),
      goods_name: plain(title),
      quantity,
      price: yuanOf(unitCents),
    })),
    // Whole seconds: rounded down, so that no money comes after the deadline.
    time_expire: shanghaiTime(expiresAt),
    // Comes back in the notification. A UUID is its own URL encoding, which Alipay asks for.
    passback_params: orderId,
  };
}

/** Alipay refuses some characters in titles, and its bill separates columns by commas. */
const plain = (text: string): string =>
  Array.from(text.replace(/[/=&<>"',\s\p{Cc}]+/gu, ' ').trim())
    .slice(0, 128)
    .join('') || '商品';
