import { KeptLines } from '../kept-lines.ts';

/** `refused` and `cancelled` are ends; `pending` becomes accepted or refused. */
export interface Shipment {
  shipmentId: string;
  state: 'accepted' | 'pending' | 'refused' | 'cancelled';
  /** Missing if it was cancelled before it was asked for. */
  saleId?: string | undefined;
  /** Missing too then. */
  quantity?: number | undefined;
  reason?: string | undefined;
  /** Until when it is pending, ms, and what it is then. */
  decides?: { at: number; state: 'accepted' | 'refused' } | undefined;
  /** How often it was asked for. */
  requests: number;
}

/**
 * What the warehouse knows. Each change is appended to a file before it is answered, so a warehouse that was killed knows everything that it has
 * answered. Without a file, in memory.
 */
export class WarehouseBooks {
  readonly #shipments = new Map<string, Shipment>();
  readonly #lines: KeptLines<Shipment>;

  constructor(path?: string) {
    this.#lines = new KeptLines(path);
    for (const shipment of this.#lines.read()) this.#shipments.set(shipment.shipmentId, shipment);
  }

  find(shipmentId: string): Shipment | undefined {
    return this.#shipments.get(shipmentId);
  }

  all(): Shipment[] {
    return [...this.#shipments.values()];
  }

  write(shipment: Shipment): Shipment {
    this.#lines.append(shipment);
    this.#shipments.set(shipment.shipmentId, shipment);
    return shipment;
  }

  close(): void {
    this.#lines.close();
  }
}
