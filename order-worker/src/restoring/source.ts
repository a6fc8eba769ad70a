import type { AuditContext } from '../audit/evidence/audit-context.ts';

/** The servers that a restore reads, and the sale. */
export type RestoreSource = Pick<AuditContext, 'nc' | 'prisma' | 'sale'>;
