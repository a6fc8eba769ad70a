import { Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { ItemId, OrderId, PaymentId, SaleId, Text } from '../domain/fields.ts';
import { ReservationStatus } from '../domain/reservation.ts';
import { UserId } from '../domain/user-id.ts';
import { ExplainedAudit, RepairReport } from './audit-views.ts';
import { DeadLetterView, LetterCursor } from './dead-letter-view.ts';
import { Order } from './order-views.ts';
import { Overview } from './overview.ts';
import { nextPage, pageRequest } from './page.ts';
import { SaleReport } from './sale-report.ts';
import { AdminSale, CreateSale } from './sale-views.ts';

const nothing = Type.Object({});
const ofSale = Type.Object({ saleId: SaleId });
const ofOrder = Type.Object({ userId: UserId, orderId: OrderId });

/** A command may have to wait for the row of its sale, or for a slow machine. */
const COMMAND_MS = 20_000;

/** The calls from the gateway to a worker: only the worker talks to PostgreSQL. */
export const calls = {
  createSale: defineRpc('create-sale', CreateSale, AdminSale, COMMAND_MS),
  listSales: defineRpc(
    'list-sales',
    Type.Object(pageRequest(SaleId)),
    Type.Object({ sales: Type.Array(AdminSale), ...nextPage(SaleId) }),
  ),
  getSale: defineRpc('get-sale', ofSale, AdminSale),
  commandSale: defineRpc(
    'command-sale',
    Type.Object({
      saleId: SaleId,
      command: Type.Union([Type.Literal('publish'), Type.Literal('pause'), Type.Literal('resume'), Type.Literal('close')]),
    }),
    AdminSale,
    COMMAND_MS,
  ),
  addStock: defineRpc(
    'add-stock',
    Type.Object({
      saleId: SaleId,
      itemId: ItemId,
      add: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
      /** Idempotency key: the same id adds once. */
      requestId: Text(1, 100),
    }),
    Type.Object({ itemId: ItemId, stock: Type.Integer(), added: Type.Integer() }),
    COMMAND_MS,
  ),
  /** Compares every reservation of the sale, and repeats that for some seconds while something is in flight. */
  auditSale: defineRpc('audit-sale', ofSale, ExplainedAudit, 60_000),
  /** Audits, repairs what has one right answer, and audits again. May be repeated. */
  repairSale: defineRpc(
    'repair-sale',
    Type.Object({
      ...ofSale.properties,
      /** An older copy of PostgreSQL was restored: first brings back what the streams know. */
      restored: Type.Optional(Type.Boolean()),
    }),
    RepairReport,
    180_000,
  ),
  overview: defineRpc('overview', nothing, Overview),
  /** Counts every order of the sale. */
  reportSale: defineRpc('report-sale', ofSale, SaleReport, 30_000),
  listDeadLetters: defineRpc(
    'list-dead-letters',
    Type.Object(pageRequest(LetterCursor)),
    Type.Object({ deadLetters: Type.Array(DeadLetterView), ...nextPage(LetterCursor) }),
  ),
  /** For reservations that Redis no longer holds. NOT_FOUND if the reservation is not the user's. */
  findReservation: defineRpc(
    'find-reservation',
    Type.Object({ userId: UserId, reservationId: OrderId }),
    Type.Object({ reservationId: OrderId, status: ReservationStatus, order: Type.Optional(Order) }),
  ),
  listOrders: defineRpc(
    'list-orders',
    Type.Object({ userId: UserId, ...pageRequest(OrderId) }),
    Type.Object({ orders: Type.Array(Order), ...nextPage(OrderId) }),
  ),
  getOrder: defineRpc('get-order', ofOrder, Order),
  cancelOrder: defineRpc('cancel-order', ofOrder, Order),
  startPayment: defineRpc('start-payment', ofOrder, Type.Object({ paymentId: PaymentId, checkoutUrl: Type.String() })),
} as const;
