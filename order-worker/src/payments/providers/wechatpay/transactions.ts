import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type PaidFacts, type PaymentStanding, ProviderUnavailable } from '../../provider.ts';

/** The only currency of WeChat Pay in mainland China. Its amounts are in fen, the ISO 4217 minor unit. */
export const CURRENCY = 'CNY';

const Transaction = Type.Object({
  mchid: Type.String(),
  appid: Type.Optional(Type.String()),
  out_trade_no: Type.String(),
  trade_state: Type.String(),
  attach: Type.Optional(Type.String()),
  success_time: Type.Optional(Type.String()),
  payer: Type.Optional(Type.Object({ openid: Type.Optional(Type.String({ maxLength: 128 })) })),
  amount: Type.Optional(
    Type.Object({ total: Type.Optional(Type.Integer({ minimum: 0 })), currency: Type.Optional(Type.String()) }),
  ),
});
type Transaction = Static<typeof Transaction>;

/** A payment, in the answer to a query and in a notification. */
export const transaction = Compile(Transaction);

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791880. A refund, also of a part, turns SUCCESS into REFUND: the money had come. */
const STANDINGS: Readonly<Record<string, PaymentStanding['state']>> = {
  SUCCESS: 'paid',
  REFUND: 'paid',
  NOTPAY: 'open',
  USERPAYING: 'open',
  CLOSED: 'closed',
  REVOKED: 'closed',
  PAYERROR: 'declined',
};

/** Throws {@link ProviderUnavailable} for a state that WeChat Pay has added later. */
export function standingOf(given: Transaction): PaymentStanding {
  const state = STANDINGS[given.trade_state];
  if (state === undefined) throw new ProviderUnavailable('WeChat Pay answered with an unknown state of the payment.');
  return state === 'paid' ? { state, facts: factsOf(given) } : { state };
}

/** `amount.total` is what the order asked for. The buyer's own part of it can be less, because WeChat Pay pays for its coupons. */
function factsOf({ success_time = '', payer, amount }: Transaction): PaidFacts {
  const paidAt = Date.parse(success_time);
  if (amount?.total === undefined || Number.isNaN(paidAt)) {
    throw new ProviderUnavailable('WeChat Pay answered with a paid payment without its amount or time.');
  }
  return { amountCents: amount.total, currency: amount.currency ?? CURRENCY, paidAt, payer: payer?.openid };
}
