interface Words {
  lang: string;
  title: string;
  head: string;
  noMoney: string;
  order: string;
  pay: string;
  decline: string;
  paid: string;
  paidHint: string;
  declined: string;
  declinedHint: string;
  closed: string;
  closedHint: string;
  back: string;
  unknown: string;
  unknownHint: string;
}

const en: Words = {
  lang: 'en',
  title: 'Pay your order',
  head: 'Payment sandbox',
  noMoney: 'A sandbox for trials: no money moves here.',
  order: 'Order',
  pay: 'Pay',
  decline: 'Decline',
  paid: 'Payment received',
  paidHint: 'The shop is being notified. You can close this page.',
  declined: 'Payment declined',
  declinedHint: 'Nothing was charged. The order can still be paid.',
  closed: 'Payment closed',
  closedHint: 'It can no longer be paid, and nothing was charged.',
  back: 'Back to the shop',
  unknown: 'Not a checkout',
  unknownHint: 'The sandbox did not create this address.',
};

const zh: Words = {
  lang: 'zh-CN',
  title: '支付订单',
  head: '支付沙盒',
  noMoney: '仅供体验，不会产生真实扣款。',
  order: '订单号',
  pay: '支付',
  decline: '拒绝支付',
  paid: '支付成功',
  paidHint: '正在通知商城，可以关闭本页。',
  declined: '支付被拒绝',
  declinedHint: '没有产生任何费用，订单仍在等待支付。',
  closed: '支付已关闭',
  closedHint: '这笔支付已不能付款，也没有产生任何费用。',
  back: '返回商城',
  unknown: '没有这笔支付',
  unknownHint: '这个地址不是由支付沙盒发出的。',
};

/** Returns the words of the first language in the header that the sandbox speaks; English if it speaks none. Browsers sort by weight. */
export function cashierWords(acceptLanguage: string | undefined): Words {
  const wanted = (acceptLanguage ?? '').split(',').map((tag) => tag.trim().toLowerCase().split(/[-;]/)[0]);
  return wanted.find((language) => language === 'en' || language === 'zh') === 'zh' ? zh : en;
}
