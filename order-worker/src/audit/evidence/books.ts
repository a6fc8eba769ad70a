import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../../servers/statement.ts';

const booksStatement = loadStatement(import.meta.url, 'books');

/** An unpaid order is overdue this long after its payBy: the sweep looks for such orders after 15 s. */
export const OVERDUE_AFTER_SECONDS = 30;

/** What PostgreSQL holds of an item, in one snapshot: see books.sql. */
export interface ItemBooks {
  itemId: string;
  title: string;
  stock: number;
  sold: number;
  limitPerUser: number;
  currency: string;
  liveUnits: number;
  pending: number;
  paid: number;
  /** Of paid orders, without what an operator gave back of it. */
  paidCents: number;
  cancelled: number;
  refunded: number;
  /** Of these, the ones that had been paid. The others had been cancelled. */
  refundedPaid: number;
  rejected: number;
  cancelledEarly: number;
  wrongAmount: number;
  overdue: number;
  overLimit: number;
  overLimitBy: number;
  /** What order_counts says, by status. */
  counted: Record<string, number>;
}

/** Reads the books of one sale. */
export class Books {
  readonly #prisma: PrismaClient;
  readonly #saleId: string;
  #reading: Promise<ItemBooks[]> | undefined;

  constructor(prisma: PrismaClient, saleId: string) {
    this.#prisma = prisma;
    this.#saleId = saleId;
  }

  /** Concurrent calls share one query. It takes half a second for 200 000 orders, and most checks need it at the same time. */
  read(): Promise<ItemBooks[]> {
    this.#reading ??= this.readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** A snapshot no older than this call, for a check that has read another server first. */
  readNow(): Promise<ItemBooks[]> {
    return this.#prisma.$queryRawUnsafe<ItemBooks[]>(booksStatement, this.#saleId, OVERDUE_AFTER_SECONDS);
  }
}

export const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);
