import type { Mutant } from '../mutant.ts';

const folder = 'order-worker/src/payments/providers/alipay';
const tests = 'order-worker/test/payments/alipay';
const messagesTest = `${tests}/alipay-messages.test.ts`;
const alipayTest = `${tests}/alipay.test.ts`;

/** Faults in what passes between the worker and Alipay. */
export const ALIPAY: readonly Mutant[] = [
  {
    name: "an answer counts without Alipay's signature",
    file: `${folder}/alipay-gateway.ts`,
    find: "if (!this.#isSigned(raw, key, envelope['sign'])) {",
    replace: 'if (false) {',
    killer: { file: messagesTest, test: 'an answer with a wrong signature is none, and is not quoted' },
  },
  {
    name: "Alipay's answer about another payment counts",
    file: `${folder}/alipay-gateway.ts`,
    find: 'read.out_trade_no === content.out_trade_no',
    replace: 'true',
    killer: { file: messagesTest, test: 'an answer about another payment is none' },
  },
  {
    name: 'a notification chooses how it is verified',
    file: `${folder}/alipay-gateway.ts`,
    find: "notification['sign_type'] === 'RSA2' && ",
    replace: '',
    killer: { file: messagesTest, test: 'what Alipay did not sign is refused, whatever it is' },
  },
  {
    name: "another app's notification is taken",
    file: `${folder}/read-notification.ts`,
    find: "if (fields['app_id'] !== appId)",
    replace: 'if (false)',
    killer: { file: messagesTest, test: 'what Alipay signed for another app is refused' },
  },
  {
    name: 'a payment that Alipay does not close counts as closed',
    file: `${folder}/alipay-provider.ts`,
    find: 'if (!closing.refused || closing.subCode === NOT_EXIST) return',
    replace: 'return',
    killer: { file: alipayTest, test: 'closing a paid payment says that it is paid' },
  },
  {
    name: 'a payment that Alipay has refunded counts as never paid',
    file: `${folder}/alipay-provider.ts`,
    find: 'if (isClosed && answer.send_pay_date === undefined)',
    replace: 'if (isClosed)',
    killer: { file: alipayTest, test: 'a payment is open, then paid with its facts, and stays paid after a full refund' },
  },
  {
    name: 'a refund whose answer was lost is taken for undone',
    file: `${folder}/alipay-provider.ts`,
    find: "    if (known.state !== 'unknown') return known;\n",
    replace: '',
    killer: { file: alipayTest, test: 'a refund whose answer was lost is done, not refused and not sent twice' },
  },
  {
    name: "times are written on the server's clock, not on that of China",
    file: `${folder}/alipay-terms.ts`,
    find: 'new Date(ms + SHANGHAI_MS)',
    replace: 'new Date(ms)',
    killer: { file: alipayTest, test: 'what the buyer never opened counts as closed' },
  },
];
