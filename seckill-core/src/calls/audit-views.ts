import { type Static, Type } from 'typebox';
import { Count, SaleId } from '../domain/fields.ts';

/** The result of an audit. */
export const AuditReport = Type.Object({
  saleId: SaleId,
  holds: Type.Boolean(),
  /** Units of live orders beyond the stock. */
  oversold: Count,
  /** Reservations that have neither an order nor a rejection, and are not in flight. */
  lost: Count,
  /** Units that users hold beyond limitPerUser, and orders counted twice. */
  duplicated: Count,
  /** Units that can still be won. */
  stockLeft: Count,
  /** Sum over the items of |stock − (left + live orders + under way)|. */
  drift: Count,
  checks: Type.Array(Type.Object({ name: Type.String(), holds: Type.Boolean(), detail: Type.String() })),
});
export type AuditReport = Static<typeof AuditReport>;

/** One thing that does not add up, explained to an operator. */
export const AuditFinding = Type.Object({
  /** The name of the check that does not hold. */
  check: Type.String(),
  /** A sentence: what differs, and where it is. */
  says: Type.String(),
  /** A sentence: what `--repair` does. Present only if there is exactly one right answer. */
  repair: Type.Optional(Type.String()),
  /** What an operator can do if there is no such answer. */
  advice: Type.Optional(Type.String()),
});
export type AuditFinding = Static<typeof AuditFinding>;

/** The audit with each of its findings; there are none if it holds. */
export const ExplainedAudit = Type.Object({ ...AuditReport.properties, findings: Type.Optional(Type.Array(AuditFinding)) });
export type ExplainedAudit = Static<typeof ExplainedAudit>;

/** What the repairs changed, with the audit before and after. */
export const RepairReport = Type.Object({
  saleId: SaleId,
  before: ExplainedAudit,
  /** In the order they were made. `changed` counts what was written: 0 if it was right by then, or if the repair failed. */
  repairs: Type.Array(Type.Object({ repair: Type.String(), says: Type.String(), changed: Count, failed: Type.Boolean() })),
  after: ExplainedAudit,
});
export type RepairReport = Static<typeof RepairReport>;
