import { broadcast, restocked } from 'seckill-core';
import type { AuditContext } from '../evidence/audit-context.ts';

/** Ends "sold out" at every gateway. */
export function announceRestocked({ nc }: Pick<AuditContext, 'nc'>, itemId: string): void {
  broadcast(nc, restocked, { itemId });
}
