import { loadStatement } from '../../../servers/statement.ts';
import type { KnownShipment } from '../../../services/fulfilment/warehouse.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';

const faultsStatement = loadStatement(import.meta.url, 'shipment-faults');

/**
 * `missing`: the saga has a shipment, and the warehouse does not keep it. `left`: the saga has turned back, and the warehouse still ships. `foreign`: no
 * saga has asked for it. `quantity`: of other units than the order. `doubled`: the warehouse has it more than once.
 */
export type ShipmentFault = 'missing' | 'left' | 'foreign' | 'quantity' | 'doubled';

export interface WrongShipment {
  orderId: string;
  /** What the warehouse says; null if it does not know the shipment. */
  state: KnownShipment['state'] | null;
  fault: ShipmentFault;
}

/** All ids are between these. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface Span {
  /** Exclusive. */
  after: string;
  /** Inclusive. */
  upTo: string;
  /** Default: all in the span. */
  ids?: readonly string[];
}

/** Compares what the warehouse has said of a span of shipments with the sagas of the sale's orders in that span, as they are now. */
export function compareShipments(
  { prisma, sale }: Pick<AuditContext, 'prisma' | 'sale'>,
  shipments: readonly KnownShipment[],
  { after, upTo, ids }: Span,
): Promise<WrongShipment[]> {
  const listed = shipments.map(({ shipmentId, state, quantity }) => ({ shipmentId, state, quantity }));
  return prisma.$queryRawUnsafe<WrongShipment[]>(faultsStatement, sale.id, JSON.stringify(listed), after, upTo, ids ?? null);
}
