import type { Prisma } from 'seckill-prisma';

/** Puts a pseudonym in the place of a user in the ledgers of the services. Points and coupons stay as they are, and their keys still count once. */
export async function eraseFromServices(tx: Prisma.TransactionClient, userId: string, pseudonym: string): Promise<void> {
  await tx.pointsEntry.updateMany({ where: { userId }, data: { userId: pseudonym } });
  await tx.pointsAccount.updateMany({ where: { userId }, data: { userId: pseudonym } });
  await tx.coupon.updateMany({ where: { userId }, data: { userId: pseudonym } });
}
