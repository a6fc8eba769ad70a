import { Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { Contact } from '../domain/contact.ts';
import { ItemId, OrderId, ProviderName, SaleId, Text } from '../domain/fields.ts';
import { ReservationStatus } from '../domain/reservation.ts';
import { UserId } from '../domain/user-id.ts';
import {
  AdminOrder,
  ListedOrder,
  OrderFilter,
  RefundId,
  RefusedRefund,
  refundOrderRequest,
  retryRefundRequest,
  settleRefundRequest,
} from './admin-order.ts';
import { DeadLetterView, LetterCursor } from './dead-letter-view.ts';
import { Job, JobArguments, JobId, JobKind, ListedJob, LONGEST_WAIT_MS, runJobWithinMs } from './jobs.ts';
import { EventCursor, ListedEvent, listEventsRequest } from './list-events.ts';
import { listenerCalls } from './listener-calls.ts';
import { Order } from './order-views.ts';
import { Overview } from './overview.ts';
import { nextPage, pageRequest } from './page.ts';
import { PaymentChoice, StartedPayment } from './payment-views.ts';
import { riskCalls } from './risk-calls.ts';
import { commandSagaRequest, StuckSaga } from './saga-views.ts';
import { AdminSale, CreateSale } from './sale-views.ts';
import { sinkCalls } from './sink-calls.ts';
import { webhookCalls } from './webhook-calls.ts';

const nothing = Type.Object({});
const ofSale = Type.Object({ saleId: SaleId });
const ofOrder = Type.Object({ userId: UserId, orderId: OrderId });

/** A command may have to wait for the row of its sale, or for a slow machine. */
const COMMAND_MS = 20_000;
/** A filter may leave most of what is read out. */
const LIST_EVENTS_MS = 10_000;
export const MOST_CONTACTS = 500;
/** Providers wait at least 5 s for the answer; a busy worker stores the event late. */
const NOTIFICATION_MS = 4_500;

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
  /**
   * Starts a job, or joins the one that lives with the same kind, sale and arguments. Replies when it has ended, after `waitMs` at the latest.
   * NOT_FOUND for an unknown sale.
   */
  runJob: defineRpc(
    'run-job',
    Type.Object({
      kind: JobKind,
      saleId: SaleId,
      arguments: Type.Optional(JobArguments),
      waitMs: Type.Integer({ minimum: 0, maximum: LONGEST_WAIT_MS }),
    }),
    Job,
    runJobWithinMs(LONGEST_WAIT_MS),
  ),
  getJob: defineRpc('get-job', Type.Object({ jobId: JobId }), Job),
  /** Without results. */
  listJobs: defineRpc(
    'list-jobs',
    Type.Object({ saleId: Type.Optional(SaleId), kind: Type.Optional(JobKind), ...pageRequest(JobId) }),
    Type.Object({ jobs: Type.Array(ListedJob), ...nextPage(JobId) }),
  ),
  overview: defineRpc('overview', nothing, Overview),
  /** Order events, from PostgreSQL if the stream no longer has them. VALIDATION_FAILED for a cursor that it did not give. */
  listEvents: defineRpc(
    'list-events',
    listEventsRequest,
    Type.Object({
      events: Type.Array(ListedEvent),
      nextCursor: Type.Optional(EventCursor),
      endCursor: Type.Optional({
        ...EventCursor,
        description: 'on the last page: use it as `cursor` later, for what has happened since',
      }),
    }),
    LIST_EVENTS_MS,
  ),
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
  /** Any buyers' orders, for the operator. A page may be empty and not the last. VALIDATION_FAILED for a time that is none. */
  searchOrders: defineRpc(
    'search-orders',
    Type.Object({ ...OrderFilter, ...pageRequest(OrderId) }),
    Type.Object({ orders: Type.Array(ListedOrder), ...nextPage(OrderId) }),
  ),
  getOrder: defineRpc('get-order', ofOrder, Order),
  /** For the operator, of any user. */
  adminOrder: defineRpc('admin-order', Type.Object({ orderId: OrderId }), AdminOrder),
  refundOrder: defineRpc('refund-order', refundOrderRequest, AdminOrder, COMMAND_MS),
  retryRefund: defineRpc('retry-refund', retryRefundRequest, AdminOrder, COMMAND_MS),
  /** A refused refund was settled outside its provider. */
  settleRefund: defineRpc('settle-refund', settleRefundRequest, AdminOrder, COMMAND_MS),
  /** Refunds that providers have refused, the newest first. */
  listRefusedRefunds: defineRpc(
    'list-refused-refunds',
    Type.Object(pageRequest(RefundId)),
    Type.Object({ refunds: Type.Array(RefusedRefund), ...nextPage(RefundId) }),
  ),
  /** NOT_FOUND if the order has no saga, WRONG_SAGA_STATE if it is not at that step. */
  commandSaga: defineRpc('command-saga', commandSagaRequest, AdminOrder, COMMAND_MS),
  /** Sagas with a step that fails, the newest orders first. */
  listStuckSagas: defineRpc(
    'list-stuck-sagas',
    Type.Object(pageRequest(OrderId)),
    Type.Object({ sagas: Type.Array(StuckSaga), ...nextPage(OrderId) }),
  ),
  cancelOrder: defineRpc('cancel-order', ofOrder, Order),
  startPayment: defineRpc(
    'start-payment',
    Type.Object({ userId: UserId, orderId: OrderId, ...PaymentChoice.properties, locale: Type.Optional(Text(1, 35)) }),
    StartedPayment,
  ),
  /** How users can be reached, as their access tokens say. What a token does not say stays as it was. */
  keepContacts: defineRpc(
    'keep-contacts',
    Type.Object({
      contacts: Type.Array(Type.Object({ userId: UserId, ...Contact.properties }), { minItems: 1, maxItems: MOST_CONTACTS }),
    }),
    nothing,
  ),
  /** A provider's notification, as its server sent it. The reply is what that server expects. NOT_FOUND if the provider is not configured. */
  receiveNotification: defineRpc(
    'receive-notification',
    Type.Object({
      provider: ProviderName,
      /** Names in lower case. */
      headers: Type.Record(Type.String(), Type.String()),
      body: Type.String({ description: 'base64' }),
    }),
    Type.Object({ status: Type.Integer({ minimum: 200, maximum: 599 }), contentType: Type.String(), body: Type.String() }),
    NOTIFICATION_MS,
  ),
  ...webhookCalls,
  ...listenerCalls,
  ...sinkCalls,
  ...riskCalls,
} as const;
