import { parseJson, reasonOf, signWebhook } from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { type HttpAnswer, HttpPool } from '../../servers/http-pool.ts';
import * as messages from './messages.ts';

/** Requests at once. */
const CONNECTIONS = 64;

const shipmentAnswer = Compile(messages.ShipmentAnswer);
const cancelAnswer = Compile(messages.CancelAnswer);
const knownShipment = Compile(messages.KnownShipment);
const shipmentList = Compile(messages.ShipmentList);
const refusal = Compile(messages.Refusal);

/** Shipments on a page, which is a few hundred bytes each. */
const PAGE = 500;
const MOST_BYTES_OF_PAGE = 1_024 * 1_024;
/** The warehouse has no such address. */
const NO_LIST: ReadonlySet<number> = new Set([404, 405, 501]);

export type ShipmentRequest = Static<typeof messages.ShipmentRequest>;
export type KnownShipment = Static<typeof messages.KnownShipment>;
export type ShipmentPage = Static<typeof messages.ShipmentList>;
export type ShipmentStanding = { state: 'accepted' | 'pending' | 'shipped' | 'cancelled' } | { state: 'refused'; reason: string };

/** The warehouse did not answer, or with something else than its API says. Whether it has done what it was asked for is unknown. */
export class WarehouseUnavailable extends Error {
  override readonly name = 'WarehouseUnavailable';
}

/** Asks for shipments, cancels them and reads how they stand. Each call may be repeated. Rejects with {@link WarehouseUnavailable}. */
export interface Warehouse {
  request(shipment: ShipmentRequest, giveUpAt: number): Promise<ShipmentStanding>;
  /** A shipment that the warehouse does not know is cancelled too: it will not accept it later. */
  cancel(shipmentId: string, giveUpAt: number): Promise<{ state: 'cancelled' | 'shipped' }>;
  /** Undefined: the warehouse does not know it. */
  find(shipmentId: string, giveUpAt: number): Promise<KnownShipment | undefined>;
  /** A page of the shipments of a sale, in the order of their ids. Undefined: this warehouse does not list shipments. */
  list(saleId: string, cursor: string | undefined, giveUpAt: number): Promise<ShipmentPage | undefined>;
}

/** A warehouse that speaks docs/warehouse.openapi.yaml. */
export class HttpWarehouse implements Warehouse {
  readonly #pool: HttpPool;
  readonly #secret: string | undefined;

  constructor({ url, secret }: { url: string; secret?: string | undefined }) {
    this.#pool = new HttpPool(url, CONNECTIONS);
    this.#secret = secret;
  }

  async request(shipment: ShipmentRequest, giveUpAt: number): Promise<ShipmentStanding> {
    const answer = await this.#send('POST', '/shipments', giveUpAt, shipment);
    if (answer.status === 422) return { state: 'refused', reason: read(answer, refusal).reason };
    return read(expectOk(answer), shipmentAnswer);
  }

  async cancel(shipmentId: string, giveUpAt: number): Promise<{ state: 'cancelled' | 'shipped' }> {
    return read(expectOk(await this.#send('DELETE', `/shipments/${shipmentId}`, giveUpAt)), cancelAnswer);
  }

  async find(shipmentId: string, giveUpAt: number): Promise<KnownShipment | undefined> {
    const answer = await this.#send('GET', `/shipments/${shipmentId}`, giveUpAt);
    return answer.status === 404 ? undefined : read(expectOk(answer), knownShipment);
  }

  async list(saleId: string, cursor: string | undefined, giveUpAt: number): Promise<ShipmentPage | undefined> {
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await this.#send('GET', `/sales/${saleId}/shipments?limit=${PAGE}${from}`, giveUpAt);
    return cursor === undefined && NO_LIST.has(answer.status) ? undefined : read(expectOk(answer), shipmentList);
  }

  close(): void {
    this.#pool.close();
  }

  async #send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    giveUpAt: number,
    shipment?: ShipmentRequest,
  ): Promise<HttpAnswer> {
    const body = shipment === undefined ? '' : JSON.stringify(shipment);
    const sentAt = Math.floor(Date.now() / 1_000);
    const headers = {
      ...(shipment === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': shipment.shipmentId }),
      ...(this.#secret === undefined
        ? {}
        : { 'seckill-signature': signWebhook(this.#secret, `${method} ${path}\n${body}`, sentAt) }),
    };
    const call = { method, path, headers, mostBytes: MOST_BYTES_OF_PAGE, ...(shipment === undefined ? {} : { body }) };
    return this.#pool.send(call, giveUpAt).catch((cause: unknown) => {
      throw new WarehouseUnavailable(`The warehouse did not answer ${method} /shipments: ${reasonOf(cause)}.`, { cause });
    });
  }
}

function expectOk(answer: HttpAnswer): HttpAnswer {
  if (answer.status === 200 || answer.status === 201) return answer;
  throw new WarehouseUnavailable(`The warehouse answered /shipments with status ${answer.status}.`);
}

function read<Schema extends TSchema>({ body }: HttpAnswer, check: Validator<Record<never, never>, Schema>): Static<Schema> {
  const value = parseJson(body.toString());
  if (check.Check(value)) return value as Static<Schema>;
  throw new WarehouseUnavailable('The warehouse answered /shipments with something else than its API says.');
}
