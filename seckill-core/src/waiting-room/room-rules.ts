import type { SaleSettings } from '../domain/sale.ts';
import type { WaitingRoom } from '../domain/waiting-room.ts';

/** A sale with a waiting room. */
export type SaleWithRoom = SaleSettings & { admission: 'queue' | 'draw'; waitingRoom: WaitingRoom };

export const hasRoom = (sale: SaleSettings): sale is SaleWithRoom =>
  sale.admission !== undefined && sale.waitingRoom !== undefined;

/** A claim must never find fewer units than it may take. This is exact with one item; with several, a claim is not for one of them. */
export const unitsOfClaim = ({ items }: SaleSettings): number => Math.max(1, ...items.map(({ limitPerUser }) => limitPerUser));
