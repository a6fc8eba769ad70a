import { Type } from 'typebox';
import { PaymentId, ProviderName, Text } from '../domain/fields.ts';

/** How a buyer wants to pay. */
export const PaymentChoice = Type.Object({
  provider: Type.Optional({ ...ProviderName, description: 'default: the first that the sale offers' }),
  channel: Type.Optional(
    Type.Union([Type.Literal('page'), Type.Literal('qr'), Type.Literal('jsapi'), Type.Literal('app')], {
      description: "a page, a QR code, or a call inside the provider's app; default: the provider's usual one",
    }),
  ),
  payerId: Type.Optional({
    ...Text(1, 128),
    description: "the buyer's id at the provider, for channels that need it (WeChat's openid)",
  }),
});

/** What the buyer's page needs to pay: the address of a page, the text of a QR code, or the arguments of the app's call. */
export const StartedPayment = Type.Object({
  paymentId: PaymentId,
  provider: ProviderName,
  checkoutUrl: Type.Optional(Type.String()),
  qrCode: Type.Optional(Type.String({ description: 'show this text as a QR code' })),
  app: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "arguments of the call in the provider's app" })),
});
