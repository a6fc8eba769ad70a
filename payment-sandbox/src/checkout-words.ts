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
  unknown: string;
  unknownHint: string;
}

const en: Words = {
  lang: 'en',
  title: 'Pay your order',
  head: 'Payment sandbox',
  noMoney: 'For trying out: no money moves here.',
  order: 'Order',
  pay: 'Pay',
  decline: 'Decline',
  paid: 'Payment received',
  paidHint: 'The shop is told now. You can close this page.',
  declined: 'Payment declined',
  declinedHint: 'Nothing was charged. The order still waits for its payment.',
  unknown: 'Not a checkout',
  unknownHint: 'This address is not one that the sandbox gave out.',
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
  unknown: '没有这笔支付',
  unknownHint: '这个地址不是由支付沙盒发出的。',
};

/** The first of the browser's languages that the sandbox speaks. (Browsers send them in the order of their weight.) */
export function checkoutWords(acceptLanguage: string | undefined): Words {
  const wanted = (acceptLanguage ?? '').split(',').map((tag) => tag.trim().toLowerCase().split(/[-;]/)[0]);
  return wanted.find((language) => language === 'en' || language === 'zh') === 'zh' ? zh : en;
}
