import { broadcasts } from 'seckill-core';
import type { AuditContext } from '../audit-context.ts';

/** Gateways that believe "sold out" are told that it is over. */
export function announceRestocked({ nc }: Pick<AuditContext, 'nc'>, itemId: string): void {
  if (!nc.isClosed()) nc.publish(broadcasts.restocked.subject({ itemId }), broadcasts.restocked.encode({ itemId }));
}
