import { type calls, Problem, retryAfterMs } from 'seckill-core';
import type { Static } from 'typebox';
import { gather } from '../servers/gather.ts';
import { type Closer, closePayments, markClosed } from './close-payments.ts';
import { openPayments, type PaymentWish } from './open-payments.ts';
import { type Checkout, ProviderRefused } from './provider.ts';
import type { StoredPayment } from './stored-payments.ts';

/** Less than a buyer's call waits, so that the buyer hears that the provider is away. */
const ANSWER_WITHIN_MS = 2_500;

type Started = Static<typeof calls.startPayment.reply>;

/**
 * Returns a function that starts a payment of an order. While a payment is open, it returns that one; after a declined payment, or for another provider or
 * channel, it starts another. Throws NOT_FOUND, NOT_PAYABLE, VALIDATION_FAILED, and UNAVAILABLE if the provider does not answer. All buyers may press
 * "pay" at once, so concurrent calls share their statements.
 */
export function paymentStarter(parts: Closer): (wish: PaymentWish, giveUpAt: number) => Promise<Started> {
  const open = gather((asked: PaymentWish[]) => openPayments(parts, parts.providers.names, asked));
  const keep = gather((answers: Answered[]) => keepAnswers(parts, answers));
  return async (wish, giveUpAt) => {
    const until = Math.min(performance.now() + ANSWER_WITHIN_MS, giveUpAt);
    const found = await open(wish, giveUpAt);
    const payment = isWished(found, wish)
      ? found
      : await switchTo(parts, found, () => open({ provider: found.provider, ...wish }, giveUpAt), until);
    const { paymentId, providerRef } = payment.request;
    const checkout = await createCheckout(parts, payment, until);
    const isNews = checkout.payer !== undefined || (checkout.providerRef !== undefined && checkout.providerRef !== providerRef);
    if (isNews) await keep({ paymentId, checkout }, giveUpAt);
    const { checkoutUrl, qrCode, app } = checkout;
    return {
      paymentId,
      provider: payment.provider,
      ...(checkoutUrl === undefined ? {} : { checkoutUrl }),
      ...(qrCode === undefined ? {} : { qrCode }),
      ...(app === undefined ? {} : { app }),
    };
  };
}

const isWished = ({ provider, request }: StoredPayment, wish: PaymentWish): boolean =>
  (wish.provider ?? provider) === provider &&
  (wish.channel ?? request.channel) === request.channel &&
  (wish.payerId ?? request.payerId) === request.payerId;

/** The buyer wants to pay in another way: the open checkout is closed first, so that they cannot pay twice. */
async function switchTo(
  parts: Closer,
  open: StoredPayment,
  openAgain: () => Promise<StoredPayment>,
  giveUpAt: number,
): Promise<StoredPayment> {
  const { orderId } = open.request;
  const closing = (await closePayments(parts, [open], giveUpAt)).get(orderId);
  if (closing?.state === 'paid') throw new Problem('NOT_PAYABLE', `Order ${orderId} cannot be paid: it has been paid.`);
  if (closing?.state === 'away') throw providerAway();
  return openAgain();
}

/** The checkout isn't kept: the provider returns the same one for the same payment, at an address that is valid now. */
async function createCheckout(parts: Closer, { provider, request }: StoredPayment, giveUpAt: number): Promise<Checkout> {
  const { orderId, paymentId } = request;
  try {
    return await parts.providers.named(provider).createCheckout(request, giveUpAt);
  } catch (error) {
    parts.log.warn({ err: error, provider, orderId }, 'the payment provider gave no checkout');
    if (!(error instanceof ProviderRefused)) throw providerAway();
    await markClosed(parts.prisma, [paymentId]);
    throw new Problem(
      'NOT_PAYABLE',
      `Order ${orderId} cannot be paid with ${provider}: the provider refuses it. Choose another one.`,
    );
  }
}

const providerAway = (): Problem =>
  new Problem('UNAVAILABLE', 'The payment provider does not answer. Try again.', retryAfterMs() + 1_000);

interface Answered {
  paymentId: string;
  checkout: Checkout;
}

/** Before the buyer gets the answer: the provider's id and the payer are needed for what follows. */
async function keepAnswers({ prisma }: Pick<Closer, 'prisma'>, answers: readonly Answered[]): Promise<true[]> {
  const ids = answers.map(({ paymentId }) => paymentId);
  const refs = answers.map(({ checkout }) => checkout.providerRef ?? null);
  const payers = answers.map(({ checkout }) => checkout.payer ?? null);
  await prisma.$executeRaw`
    UPDATE payments p SET provider_ref = coalesce(k.provider_ref, p.provider_ref), payer = coalesce(k.payer, p.payer)
    FROM unnest(${ids}::uuid[], ${refs}::text[], ${payers}::text[]) AS k (id, provider_ref, payer)
    WHERE p.id = k.id AND (p.provider_ref, p.payer) IS DISTINCT FROM (coalesce(k.provider_ref, p.provider_ref), coalesce(k.payer, p.payer))`;
  return answers.map(() => true);
}
