import { broadcasts } from 'seckill-core';
import type { AuditContext } from '../evidence/audit-context.ts';

/** Ends "sold out" at every gateway. */
export function announceRestocked({ nc }: Pick<AuditContext, 'nc'>, itemId: string): void {
  if (!nc.isClosed()) nc.publish(broadcasts.restocked.subject({ itemId }), broadcasts.restocked.encode({ itemId }));
}
