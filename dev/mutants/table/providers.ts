import type { Mutant } from '../mutant.ts';

const http = 'order-worker/src/payments/providers/http';
const httpTests = 'order-worker/test/payments/providers/http';
const wechatPay = 'order-worker/src/payments/providers/wechatpay';
const wechatTests = 'order-worker/test/payments/wechatpay';
const stripe = 'order-worker/src/payments/providers/stripe';
const stripeTests = 'order-worker/test/payments/stripe';

/** Faults in what passes between the worker and the HTTP provider, WeChat Pay and Stripe. */
export const PROVIDERS: readonly Mutant[] = [
  {
    name: "a notification counts without the HTTP provider's signature",
    file: `${http}/read-notification.ts`,
    find: 'if (!isSigned(secrets,',
    replace: 'if (secrets.length > 9 && !isSigned(secrets,',
    killer: { file: `${httpTests}/http-provider.test.ts`, test: 'a notification of a stranger is refused' },
  },
  {
    name: 'the HTTP provider closes a checkout with an answer of any status',
    file: `${http}/read-answer.ts`,
    find: 'if (status < 200 || status > 299)',
    replace: 'if (false)',
    killer: { file: `${httpTests}/http-provider.test.ts`, test: 'a checkout is not closed if the answer is' },
  },
  {
    name: 'a checkout of the HTTP provider counts as closed although it is paid',
    file: `${http}/http-provider.ts`,
    find: "path, closeAnswer);\n    return standing.state === 'paid' ? { state: 'paid', facts: factsOf(standing) } : standing;",
    replace: "path, closeAnswer);\n    return standing.state === 'paid' ? { state: 'closed' } : standing;",
    killer: {
      file: `${httpTests}/http-contract.test.ts`,
      test: 'is paid once: the query, the close and the notification say the same',
    },
  },
  {
    name: "an answer counts without WeChat Pay's signature",
    file: `${wechatPay}/wechat-client.ts`,
    find: 'if (!(await isSigned(answer, this.keys, giveUpAt)))',
    replace: 'if (false)',
    killer: { file: `${wechatTests}/signatures.test.ts`, test: 'with a changed body' },
  },
  {
    name: "a notification counts without WeChat Pay's signature",
    file: `${wechatPay}/read-notification.ts`,
    find: 'return isSignedBy(key, signature, rawBody) ? undefined :',
    replace: 'return rawBody.length > 0 ? undefined :',
    killer: { file: `${wechatTests}/signatures.test.ts`, test: 'from a stranger is refused' },
  },
  {
    name: "WeChat Pay's answer about another payment counts",
    file: `${wechatPay}/wechat-pay.ts`,
    find: 'payment.mchid !== mchId || payment.out_trade_no !== numberOf(request.paymentId)',
    replace: 'payment.mchid !== mchId',
    killer: { file: `${wechatTests}/signatures.test.ts`, test: 'about another payment is not believed, although it is signed' },
  },
  {
    name: 'a payment that WeChat Pay does not close counts as closed',
    file: `${wechatPay}/wechat-pay.ts`,
    find: "if (answer.ok) return { state: 'closed' };",
    replace: "if (answer.ok || answer.code !== '') return { state: 'closed' };",
    killer: { file: `${wechatTests}/wechat-pay.test.ts`, test: 'a checkout is closed before it is paid, and not after' },
  },
  {
    name: 'a checkout that Stripe does not close counts as closed',
    file: `${stripe}/stripe-checkouts.ts`,
    find: 'return this.#session(id, giveUpAt);',
    replace: "return { state: 'closed' } as const;",
    killer: { file: `${stripeTests}/checkouts.test.ts`, test: 'closing a paid checkout says what was paid, also after a refund' },
  },
  {
    name: 'money that Stripe has yet to receive counts as paid',
    file: `${stripe}/read-notification.ts`,
    find: " || object.payment_status !== 'paid'",
    replace: '',
    killer: { file: `${stripeTests}/notifications.test.ts`, test: 'money that comes later is paid when it has come' },
  },
];
