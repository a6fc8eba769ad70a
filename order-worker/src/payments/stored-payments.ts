import type { PaymentStatus, PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';
import type { Channel, CheckoutRequest } from './provider.ts';

const storedStatement = loadStatement(import.meta.url, 'stored-payments');

/** A payment as PostgreSQL has it. */
export interface StoredPayment {
  provider: string;
  status: PaymentStatus;
  /** The provider has said that no money can come any more. */
  closed: boolean;
  /** Its order waits for money, and may still be paid. */
  payable: boolean;
  request: CheckoutRequest;
}

interface Row {
  paymentId: string;
  orderId: string;
  provider: string;
  status: PaymentStatus;
  closed: boolean;
  payable: boolean;
  amountCents: number;
  currency: string;
  title: string;
  quantity: number;
  buyer: string;
  payerId: string | null;
  channel: Channel | null;
  locale: string;
  providerRef: string | null;
  createdAt: number;
  expiresAt: number;
}

/** Returns those of the payments that exist. */
export const readPayments = (prisma: PrismaClient, paymentIds: readonly string[]): Promise<StoredPayment[]> =>
  read(prisma, paymentIds, []);

/** Returns the payments of these orders whose checkouts may still be open at the provider. */
export const readUnclosed = (prisma: PrismaClient, orderIds: readonly string[]): Promise<StoredPayment[]> =>
  read(prisma, [], orderIds);

async function read(prisma: PrismaClient, paymentIds: readonly string[], orderIds: readonly string[]): Promise<StoredPayment[]> {
  return (await prisma.$queryRawUnsafe<Row[]>(storedStatement, paymentIds, orderIds)).map(storedPayment);
}

function storedPayment(row: Row): StoredPayment {
  const { provider, status, closed, payable, title, quantity, amountCents, payerId, channel, providerRef, ...rest } = row;
  // An order has units of one item, so its amount is a multiple of the quantity.
  const lines = [{ title, quantity, unitCents: amountCents / quantity }];
  const optional = { payerId: payerId ?? undefined, channel: channel ?? undefined, providerRef: providerRef ?? undefined };
  return { provider, status, closed, payable, request: { ...rest, ...optional, amountCents, lines } };
}
