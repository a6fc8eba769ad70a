import { parseJson, reasonOf, signWebhook } from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { type HttpAnswer, HttpPool } from '../../servers/http-pool.ts';
import * as messages from './messages.ts';

/** Requests at once. */
const CONNECTIONS = 64;

const shipmentAnswer = Compile(messages.ShipmentAnswer);
const cancelAnswer = Compile(messages.CancelAnswer);
const refusal = Compile(messages.Refusal);

export type ShipmentRequest = Static<typeof messages.ShipmentRequest>;
export type ShipmentStanding = { state: 'accepted' | 'pending' | 'shipped' | 'cancelled' } | { state: 'refused'; reason: string };

/** The warehouse did not answer, or with something else than its API says. Whether it has done what it was asked for is unknown. */
class WarehouseUnavailable extends Error {
  override readonly name = 'WarehouseUnavailable';
}

/** Asks for shipments and cancels them. Each call may be repeated. Rejects with {@link WarehouseUnavailable}. */
export interface Warehouse {
  request(shipment: ShipmentRequest, giveUpAt: number): Promise<ShipmentStanding>;
  /** A shipment that the warehouse does not know is cancelled too: it will not accept it later. */
  cancel(shipmentId: string, giveUpAt: number): Promise<{ state: 'cancelled' | 'shipped' }>;
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

  close(): void {
    this.#pool.close();
  }

  async #send(method: 'POST' | 'DELETE', path: string, giveUpAt: number, shipment?: ShipmentRequest): Promise<HttpAnswer> {
    const body = shipment === undefined ? '' : JSON.stringify(shipment);
    const sentAt = Math.floor(Date.now() / 1_000);
    const headers = {
      ...(shipment === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': shipment.shipmentId }),
      ...(this.#secret === undefined
        ? {}
        : { 'seckill-signature': signWebhook(this.#secret, `${method} ${path}\n${body}`, sentAt) }),
    };
    const call = { method, path, headers, ...(shipment === undefined ? {} : { body }) };
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
