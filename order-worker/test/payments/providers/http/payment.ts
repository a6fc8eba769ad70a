import type { CheckoutRequest } from '../../../../src/payments/provider.ts';

/** A payment of EUR 12.50 whose deadline is far away. */
export const paymentOf = (paymentId: string): CheckoutRequest => ({
  paymentId,
  orderId: '01890000-0000-7000-8000-000000000002',
  lines: [{ title: 'Lämpchen 灯', quantity: 1, unitCents: 1_250 }],
  amountCents: 1_250,
  currency: 'EUR',
  buyer: 'buyer-1',
  locale: 'zh-CN',
  createdAt: Date.now(),
  expiresAt: Date.now() + 600_000,
});

/** Long enough for a busy machine. */
export const giveUpAt = (): number => performance.now() + 20_000;

export async function collect<Each>(source: AsyncIterable<Each>): Promise<Each[]> {
  const all: Each[] = [];
  for await (const each of source) all.push(each);
  return all;
}
