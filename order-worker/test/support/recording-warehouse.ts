import {
  type KnownShipment,
  type ShipmentPage,
  type ShipmentRequest,
  type ShipmentStanding,
  type Warehouse,
  WarehouseUnavailable,
} from '../../src/services/fulfilment/warehouse.ts';

/** A warehouse in the test's process that records its calls and remembers its shipments, and throws while `away` is set. */
export class RecordingWarehouse implements Warehouse {
  readonly requests: ShipmentRequest[] = [];
  readonly cancels: string[] = [];
  readonly shipments = new Map<string, ShipmentStanding>();
  /** Made twice, by mistake. */
  readonly doubled = new Map<string, ShipmentStanding>();
  /** Other than asked for. */
  readonly quantities = new Map<string, number>();
  away = false;
  keepsNoList = false;
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

  async find(shipmentId: string): Promise<KnownShipment | undefined> {
    if (this.away) throw new WarehouseUnavailable('The warehouse is away.');
    const known = this.shipments.get(shipmentId);
    return known === undefined ? undefined : { shipmentId, ...known };
  }

  /** Every page has two. Shipments of other sales are on none. */
  async list(saleId: string, cursor = '0'): Promise<ShipmentPage | undefined> {
    if (this.away) throw new WarehouseUnavailable('The warehouse is away.');
    if (this.keepsNoList) return undefined;
    const of = new Map(this.requests.map((request) => [request.shipmentId, request]));
    const listed = [...this.shipments, ...this.doubled]
      .filter(([shipmentId]) => (of.get(shipmentId)?.saleId ?? saleId) === saleId)
      .map(([shipmentId, known]) => ({
        shipmentId,
        ...known,
        quantity: this.quantities.get(shipmentId) ?? of.get(shipmentId)?.lines[0]?.quantity ?? 1,
      }))
      .sort((a, b) => (a.shipmentId < b.shipmentId ? -1 : 1));
    const next = Number(cursor) + 2;
    return {
      shipments: listed.slice(Number(cursor), next),
      ...(next < listed.length ? { nextCursor: String(next) } : {}),
    };
  }

  stateOf(shipmentId: string): ShipmentStanding['state'] | undefined {
    return this.shipments.get(shipmentId)?.state;
  }
}
