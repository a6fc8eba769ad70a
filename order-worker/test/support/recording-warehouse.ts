import type { ShipmentRequest, ShipmentStanding, Warehouse } from '../../src/services/fulfilment/warehouse.ts';

/** A warehouse in the test's process that records its calls and remembers its shipments, and throws while `away` is set. */
export class RecordingWarehouse implements Warehouse {
  readonly requests: ShipmentRequest[] = [];
  readonly cancels: string[] = [];
  readonly shipments = new Map<string, ShipmentStanding>();
  away = false;
  /** If set, its answers wait for it; what they say has happened. */
  slow: Promise<void> | undefined;
  /** How it answers to the first request of a shipment, and to the later ones of a pending one. */
  decide: (shipment: ShipmentRequest) => ShipmentStanding = () => ({ state: 'accepted' });

  async request(shipment: ShipmentRequest): Promise<ShipmentStanding> {
    this.requests.push(shipment);
    if (this.away) throw new Error('The warehouse is away.');
    const known = this.shipments.get(shipment.shipmentId);
    const standing = known === undefined || known.state === 'pending' ? this.decide(shipment) : known;
    this.shipments.set(shipment.shipmentId, standing);
    await this.slow;
    return standing;
  }

  async cancel(shipmentId: string): Promise<{ state: 'cancelled' | 'shipped' }> {
    this.cancels.push(shipmentId);
    if (this.away) throw new Error('The warehouse is away.');
    const known = this.shipments.get(shipmentId);
    const state = known?.state === 'shipped' ? 'shipped' : 'cancelled';
    this.shipments.set(shipmentId, { state });
    await this.slow;
    return { state };
  }

  stateOf(shipmentId: string): ShipmentStanding['state'] | undefined {
    return this.shipments.get(shipmentId)?.state;
  }
}
