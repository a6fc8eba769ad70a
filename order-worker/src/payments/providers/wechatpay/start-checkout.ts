import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Checkout, type CheckoutRequest, ProviderRefused, ProviderUnavailable } from '../../provider.ts';
import { beijingTime } from './beijing-time.ts';
import { numberOf } from './numbers.ts';
import { plainText } from './plain-text.ts';
import { appText, newNonce, signText, unixSeconds } from './signing.ts';
import { CURRENCY } from './transactions.ts';
import { fitting, type Merchant, type WeChatClient } from './wechat-client.ts';

/** WeChat Pay counts bytes, although its pages say characters. */
const DESCRIPTION_BYTES = 127;
/** A payment can be made for at least this long: WeChat Pay moves an earlier end. */
const SHORTEST_MS = 60_000;

const nativeAnswer = Compile(Type.Object({ code_url: Type.String({ minLength: 1, maxLength: 512 }) }));
const jsapiAnswer = Compile(Type.Object({ prepay_id: Type.String({ minLength: 1, maxLength: 64 }) }));

/**
 * Starts a payment: Native, a QR code that the buyer scans, or JSAPI, a call inside WeChat. The same payment has the same content each time, so
 * WeChat Pay answers with the same payment and a code that is valid for two hours from now.
 */
export async function startCheckout(
  client: WeChatClient,
  request: CheckoutRequest,
  notifyUrl: string,
  giveUpAt: number,
): Promise<Checkout> {
  const { channel = 'qr', currency, payerId } = request;
  if (currency !== CURRENCY) throw new ProviderRefused(`WeChat Pay takes ${CURRENCY} only, not ${currency}.`);
  const body = orderOf(client.merchant, request, notifyUrl);
  if (channel === 'qr') {
    const { code_url } = fitting(nativeAnswer, await prepay(client, 'native', body, giveUpAt), 'a payment');
    return { qrCode: code_url };
  }
  if (channel !== 'jsapi') throw new ProviderRefused(`WeChat Pay has no payments by ${channel} here: choose qr or jsapi.`);
  if (payerId === undefined) throw new ProviderRefused("A payment inside WeChat needs the buyer's openid as payerId.");
  const answer = await prepay(client, 'jsapi', { ...body, payer: { openid: payerId } }, giveUpAt);
  const { prepay_id } = fitting(jsapiAnswer, answer, 'a payment');
  return { providerRef: prepay_id, payer: payerId, app: await appCall(client.merchant, prepay_id) };
}

const orderOf = ({ appId, mchId }: Merchant, request: CheckoutRequest, notifyUrl: string) => ({
  appid: appId,
  mchid: mchId,
  description: plainText(request.lines.map(({ title }) => title).join(', '), DESCRIPTION_BYTES) || request.orderId,
  out_trade_no: numberOf(request.paymentId),
  time_expire: beijingTime(Math.max(request.expiresAt, request.createdAt + SHORTEST_MS)),
  attach: request.orderId,
  notify_url: notifyUrl,
  amount: { total: request.amountCents, currency: request.currency },
});

async function prepay(client: WeChatClient, kind: 'native' | 'jsapi', body: object, giveUpAt: number): Promise<unknown> {
  const answer = await client.call({ method: 'POST', path: `/v3/pay/transactions/${kind}`, body }, giveUpAt);
  if (answer.ok) return answer.body;
  // The payment is made: its notification or the next query settles it.
  if (answer.code === 'ORDERPAID') throw new ProviderUnavailable('The payment was made at WeChat Pay already.');
  throw new ProviderRefused(`WeChat Pay refused the payment (${answer.code}).`);
}

/** The arguments of `WeixinJSBridge.invoke('getBrandWCPayRequest', …)` and `wx.requestPayment(…)`. */
async function appCall({ appId, privateKey }: Merchant, prepayId: string): Promise<Record<string, string>> {
  const timestamp = unixSeconds();
  const nonceStr = newNonce();
  const prepay = `prepay_id=${prepayId}`;
  const paySign = await signText(appText(appId, timestamp, nonceStr, prepay), privateKey);
  return { appId, timeStamp: String(timestamp), nonceStr, package: prepay, signType: 'RSA', paySign };
}
