import type { paths } from '../../generated/api.d.ts';

/** A call of the API: `GET /api/sales`. */
export type Call = { [P in keyof paths & string]: `${Uppercase<MethodOf<P>>} ${P}` }[keyof paths & string];
type MethodOf<P extends keyof paths> = {
  [M in keyof paths[P]]: paths[P][M] extends { responses: unknown } ? M & string : never;
}[keyof paths[P]] &
  string;
type OperationOf<C extends Call> = C extends `${infer M} ${infer P extends keyof paths}`
  ? paths[P][Lowercase<M> & keyof paths[P]]
  : never;
type ContentOf<Part> = Part extends { content: infer Types } ? Types[keyof Types] : never;

/** What a call returns if it succeeds; `Status` picks one of several. */
export type Answer<C extends Call, Status = 200 | 201 | 202> =
  OperationOf<C> extends { responses: infer Responses } ? ContentOf<Responses[keyof Responses & Status]> : never;
export type Body<C extends Call> = OperationOf<C> extends { requestBody?: infer Sent } ? ContentOf<NonNullable<Sent>> : never;

export type Sale = Answer<'GET /api/sales/{saleId}'>;
export type Item = Sale['items'][number];
export type SaleState = Sale['state'];
/** A place in the waiting room of a sale. */
export type Ticket = Answer<'GET /api/queue/{ticketId}'>;
export type PurchaseToken = Answer<'POST /api/sales/{saleId}/items/{itemId}/purchase-token'>;
export type Reservation = Answer<'GET /api/reservations/{reservationId}'>;
export type ReservationStatus = Reservation['status'];
export type Order = Answer<'GET /api/orders/{orderId}'>;
export type OrderStatus = Order['status'];

export type AdminSale = Answer<'GET /api/admin/sales/{saleId}'>;
export type NewSale = Body<'POST /api/admin/sales'>;
export type AuditReport = Answer<'GET /api/admin/sales/{saleId}/audit', 200>;
export type SaleReport = Answer<'GET /api/admin/sales/{saleId}/report', 200>;
export type RepairReport = Answer<'POST /api/admin/sales/{saleId}/repairs', 200>;
/** The audit with what differs, as its job has it. */
export type ExplainedAudit = RepairReport['before'];
/** An audit, a report or a repair that takes longer than its caller waits. */
export type Job = Answer<'GET /api/admin/jobs/{jobId}'>;
export type JobProgress = Job['progress'];
export type AdminOrder = Answer<'GET /api/admin/orders/{orderId}'>;
/** An order in a list of the operator's. */
export type ListedOrder = Answer<'GET /api/admin/orders'>['orders'][number];
export type AdminRefund = AdminOrder['refunds'][number];
export type RefundWish = Body<'POST /api/admin/orders/{orderId}/refund'>;
export type RefusedRefund = Answer<'GET /api/admin/refused-refunds'>['refunds'][number];
export type DeadLetter = Answer<'GET /api/admin/dead-letters'>['deadLetters'][number];
/** `GET /api/admin/live` sends one twice a second. */
export type OperatorFrame = Answer<'GET /api/admin/live'>;
export type SaleFrame = OperatorFrame['sales'][number];
export type ProcessFrame = OperatorFrame['processes'][number];
