import type { calls } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../../servers/cut-page.ts';

type Listing = Static<typeof calls.listRefusedRefunds.request>;
type Listed = Static<typeof calls.listRefusedRefunds.reply>;

/** A page of the refunds that providers have refused and that no other one has replaced, the newest ids first. */
export async function listRefused(prisma: PrismaClient, { cursor, limit }: Listing): Promise<Listed> {
  const found = await prisma.refund.findMany({
    where: { state: 'REFUSED', retriedBy: null, ...(cursor === undefined ? {} : { id: { lt: cursor } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    include: { payment: { select: { provider: true } } },
  });
  const views = found.map((refund) => ({
    refundId: refund.id,
    orderId: refund.orderId,
    paymentId: refund.paymentId,
    provider: refund.payment.provider,
    amountCents: Number(refund.amountCents),
    currency: refund.currency,
    reason: refund.reason as Listed['refunds'][number]['reason'],
    refusedAt: (refund.refusedAt ?? refund.createdAt).toISOString(),
    refusedReason: refund.refusedReason ?? '',
  }));
  const { rows: refunds, ...next } = await cutPage(views, limit, ({ refundId }) => refundId);
  return { refunds, ...next };
}
