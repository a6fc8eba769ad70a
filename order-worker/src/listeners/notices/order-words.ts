import { decimalOf, minorUnitDigits, type OrderEvent } from 'seckill-core';
import type { NoticeName } from './notices.ts';

export type Language = 'en' | 'zh';

export interface Words {
  subject: string;
  /** Sentences, in order. */
  lines: readonly string[];
  /** What the link to the order says. */
  link: string;
}

export interface WordsAbout {
  shop: string;
  item: string;
  timeZone: string;
}

/** What the words of a notice need to know of its event. */
export type Told = Pick<
  OrderEvent,
  'orderId' | 'userId' | 'itemId' | 'quantity' | 'amountCents' | 'currency' | 'payBy' | 'reason' | 'refund'
> & {
  event: NoticeName;
};

export const languageOf = (locale: string | undefined, usual: Language): Language => {
  if (locale === undefined) return usual;
  return locale.toLowerCase().startsWith('zh') ? 'zh' : 'en';
};

/** Returns the words of a notice about an order event, in the buyer's language. */
export function wordsFor(event: Told, language: Language, { shop, item, timeZone }: WordsAbout): Words {
  const goods = event.quantity === 1 ? item : `${event.quantity} × ${item}`;
  const money = (cents: number) => moneyIn(language, cents, event.currency);
  const facts = {
    shop,
    goods,
    amount: money(event.amountCents),
    refund: money(event.refund?.amountCents ?? event.amountCents),
    payBy: timeIn(language, event.payBy, timeZone),
    isOwnWish: event.reason === 'buyer',
  };
  return { en, zh }[language][event.event](facts);
}

interface Facts {
  shop: string;
  goods: string;
  amount: string;
  refund: string;
  payBy: string;
  isOwnWish: boolean;
}
type Texts = Readonly<Record<NoticeName, (facts: Facts) => Words>>;

const en: Texts = {
  created: ({ shop, goods, amount, payBy }) => ({
    subject: `${shop}: you got it. Pay by ${payBy}`,
    lines: [`You bought ${goods} for ${amount}.`, `Please pay by ${payBy}. After that, the order is cancelled.`],
    link: 'Pay now',
  }),
  paid: ({ shop, goods, amount }) => ({
    subject: `${shop}: your payment has arrived`,
    lines: [`You paid ${amount} for ${goods}. Thank you.`],
    link: 'See your order',
  }),
  cancelled: ({ shop, goods, isOwnWish }) => ({
    subject: `${shop}: your order is cancelled`,
    lines: [
      isOwnWish
        ? `As you wished, your order of ${goods} is cancelled.`
        : `Your order of ${goods} was not paid in time, and is cancelled.`,
      'If you have paid all the same, your money goes back to you.',
    ],
    link: 'See your order',
  }),
  refunded: ({ shop, goods, refund }) => ({
    subject: `${shop}: your money is on its way back`,
    lines: [`We refunded ${refund} for ${goods}. It may take your bank some days to show it.`],
    link: 'See your order',
  }),
  'partly-refunded': ({ shop, goods, refund }) => ({
    subject: `${shop}: a part of your money is on its way back`,
    lines: [`We refunded ${refund} of your order of ${goods}. It may take your bank some days to show it.`],
    link: 'See your order',
  }),
};

const zh: Texts = {
  created: ({ shop, goods, amount, payBy }) => ({
    subject: `【${shop}】抢购成功，请在 ${payBy} 前付款`,
    lines: [`您已抢到 ${goods}，金额 ${amount}。`, `请在 ${payBy} 前完成付款，逾期订单将自动取消。`],
    link: '立即付款',
  }),
  paid: ({ shop, goods, amount }) => ({
    subject: `【${shop}】付款成功`,
    lines: [`我们已收到您为 ${goods} 支付的 ${amount}，感谢您的购买。`],
    link: '查看订单',
  }),
  cancelled: ({ shop, goods, isOwnWish }) => ({
    subject: `【${shop}】订单已取消`,
    lines: [
      isOwnWish ? `您购买 ${goods} 的订单已按您的要求取消。` : `您购买 ${goods} 的订单因未按时付款已取消。`,
      '如果您已经付款，款项将原路退回。',
    ],
    link: '查看订单',
  }),
  refunded: ({ shop, goods, refund }) => ({
    subject: `【${shop}】退款已发出`,
    lines: [`${goods} 的退款 ${refund} 已发出，银行入账可能需要几天。`],
    link: '查看订单',
  }),
  'partly-refunded': ({ shop, goods, refund }) => ({
    subject: `【${shop}】部分退款已发出`,
    lines: [`您购买 ${goods} 的订单已部分退款 ${refund}，银行入账可能需要几天。`],
    link: '查看订单',
  }),
};

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };

/** The decimals follow ISO 4217, not the usage that Intl knows; a text keeps large amounts exact. */
function moneyIn(language: Language, cents: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const format = new Intl.NumberFormat(LOCALES[language], {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(decimalOf(cents, currency) as Intl.StringNumericLiteral);
}

function timeIn(language: Language, ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    ...{ year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    timeZone,
    timeZoneName: 'short',
  } as const).format(ms);
}
