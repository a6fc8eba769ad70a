import type { Operations } from './operations.ts';

export type Call = keyof Operations;
export type Answer<C extends Call> = Operations[C] extends { answer: infer Answered } ? Answered : never;
export type Body<C extends Call> = Operations[C] extends { body: infer Sent } ? Sent : never;
export type ProblemCode = { [C in Call]: Operations[C] extends { problem: infer Code } ? Code : never }[Call];

export type Sale = Answer<'GET /api/sales/{saleId}'>;
export type Item = Sale['items'][number];
export type SaleState = Sale['state'];
export type PurchaseToken = Answer<'POST /api/sales/{saleId}/items/{itemId}/purchase-token'>;
export type Reservation = Answer<'GET /api/reservations/{reservationId}'>;
export type ReservationStatus = Reservation['status'];
export type Order = Answer<'GET /api/orders/{orderId}'>;
export type OrderStatus = Order['status'];

export type AdminSale = Answer<'GET /api/admin/sales/{saleId}'>;
export type NewSale = Body<'POST /api/admin/sales'>;
export type AuditReport = Answer<'GET /api/admin/sales/{saleId}/audit'>;
export type SaleReport = Answer<'GET /api/admin/sales/{saleId}/report'>;
export type DeadLetter = Answer<'GET /api/admin/dead-letters'>['deadLetters'][number];
/** What `GET /api/admin/live` sends twice a second. */
export type OperatorFrame = Answer<'GET /api/admin/live'>;
export type SaleFrame = OperatorFrame['sales'][number];
export type ProcessFrame = OperatorFrame['processes'][number];
