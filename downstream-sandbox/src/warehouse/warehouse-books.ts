import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { parseJson } from 'seckill-core';

/** `refused` and `cancelled` are ends; `pending` becomes accepted or refused. */
export interface Shipment {
  shipmentId: string;
  state: 'accepted' | 'pending' | 'refused' | 'cancelled';
  /** Missing if it was cancelled before it was asked for. */
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
  readonly #file: number | undefined;

  constructor(path?: string) {
    if (path === undefined) return;
    // A process that was killed may have written half of its last line.
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    for (const shipment of lines.map((line) => parseJson(line) as Shipment | undefined)) {
      if (shipment !== undefined) this.#shipments.set(shipment.shipmentId, shipment);
    }
    this.#file = openSync(path, 'a');
    if (lines.length > 0 && lines.at(-1) !== '') appendFileSync(this.#file, '\n');
  }

  find(shipmentId: string): Shipment | undefined {
    return this.#shipments.get(shipmentId);
  }

  all(): Shipment[] {
    return [...this.#shipments.values()];
  }

  write(shipment: Shipment): Shipment {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(shipment)}\n`);
    this.#shipments.set(shipment.shipmentId, shipment);
    return shipment;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
