import { isSigned, OrderId, parseJson, SaleId } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { json, NEVER, type Request, type Served } from '../served.ts';
import type { Shipment, WarehouseBooks } from './warehouse-books.ts';

const Share = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));
const Faults = Type.Object(
  {
    /** Of the shipments. */
    refused: Share,
    /** Of the others: decided only after `pendingMs`, and then accepted, or refused as often as the others. */
    pending: Share,
    pendingMs: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Of the requests: carried out, and never answered. */
    unanswered: Share,
    /** Of the requests: neither carried out nor answered. */
    lost: Share,
    latencyMs: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Every request gets 503. */
    unavailable: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
type Faults = Static<typeof Faults>;
const faults = Compile(Faults);

const wanted = Compile(
  Type.Object({
    shipmentId: OrderId,
    saleId: SaleId,
    lines: Type.Array(Type.Object({ quantity: Type.Integer({ minimum: 1 }) }), { minItems: 1 }),
  }),
);
const PATH = /^\/shipments\/([0-9a-f-]{36})$/;
const LIST = /^\/sales\/([0-9a-f-]{36})\/shipments$/;
const MOST_LISTED = 1_000;
const EMPTY_SHELF = 'The shelf is empty.';

/** A warehouse that ships nothing: docs/warehouse.openapi.yaml. Its books can be read at `GET /shipments`, for an audit. */
export class Warehouse {
  readonly #books: WarehouseBooks;
  readonly #secret: string | undefined;
  faults: Faults = {};

  constructor(books: WarehouseBooks, secret: string | undefined) {
    this.#books = books;
    this.#secret = secret;
  }

  /** Replaces the faults. Returns what is wrong with them. */
  misbehave(value: unknown): string | undefined {
    if (!faults.Check(value)) return `Faults are an object with some of ${Object.keys(Faults.properties).join(', ')}.`;
    this.faults = value;
    return undefined;
  }

  all(): Shipment[] {
    return this.#books.all();
  }

  serve(request: Request): Served {
    const { method, path } = request;
    if (method === 'GET' && path === '/shipments') return json(200, { shipments: this.all() });
    if (!this.#isSigned(request)) return json(401, { error: 'The signature is wrong.' });
    const { unavailable = false, lost = 0, unanswered = 0, latencyMs = 0 } = this.faults;
    if (unavailable) return json(503, { error: 'The warehouse was asked to be unavailable.' });
    if (Math.random() < lost) return NEVER;
    const [, shipmentId] = PATH.exec(path) ?? [];
    const [, saleId] = method === 'GET' ? (LIST.exec(path) ?? []) : [];
    const served =
      saleId !== undefined
        ? this.#list(saleId, new URLSearchParams(request.query))
        : shipmentId === undefined
          ? this.#request(request)
          : this.#ofShipment(method, shipmentId);
    if (served === NEVER || Math.random() < unanswered) return NEVER;
    return { ...served, delayMs: latencyMs };
  }

  #isSigned({ method, path, query, headers, body }: Request): boolean {
    if (this.#secret === undefined) return true;
    const signed = Buffer.concat([Buffer.from(`${method} ${path}${query}\n`), body]);
    return isSigned([this.#secret], String(headers['seckill-signature']), signed, Math.floor(Date.now() / 1_000));
  }

  #request({ method, path, body }: Request): Served {
    if (method !== 'POST' || path !== '/shipments') return json(404, { error: 'The warehouse has no such address.' });
    const shipment = parseJson(body);
    if (!wanted.Check(shipment)) return json(400, { error: 'This is no request for a shipment.' });
    const known = this.#known(shipment.shipmentId);
    if (known !== undefined) return answerOf(this.#books.write({ ...known, requests: known.requests + 1 }), 200);
    const quantity = shipment.lines.reduce((sum, line) => sum + line.quantity, 0);
    const { shipmentId, saleId } = shipment;
    return answerOf(this.#books.write({ shipmentId, saleId, quantity, requests: 1, ...this.#decide() }), 201);
  }

  #decide(): Pick<Shipment, 'state' | 'reason' | 'decides'> {
    const { refused = 0, pending = 0, pendingMs = 1_000 } = this.faults;
    const state = Math.random() < refused ? 'refused' : 'accepted';
    if (Math.random() < pending) return { state: 'pending', decides: { at: Date.now() + pendingMs, state } };
    return state === 'refused' ? { state, reason: EMPTY_SHELF } : { state };
  }

  /** As it stands now: a pending one may have been decided since. */
  #known(shipmentId: string): Shipment | undefined {
    const known = this.#books.find(shipmentId);
    if (known?.state !== 'pending' || known.decides === undefined || known.decides.at > Date.now()) return known;
    const { decides, ...shipment } = known;
    const reason = decides.state === 'refused' ? { reason: EMPTY_SHELF } : {};
    return this.#books.write({ ...shipment, state: decides.state, ...reason });
  }

  /** The cursor is the last id of the page before. */
  #list(saleId: string, query: URLSearchParams): Served {
    const limit = Math.min(Number(query.get('limit') ?? MOST_LISTED), MOST_LISTED);
    const from = query.get('cursor') ?? '';
    const rest = this.all()
      .filter((shipment) => shipment.saleId === saleId && shipment.shipmentId > from)
      .sort((a, b) => (a.shipmentId < b.shipmentId ? -1 : 1));
    const shipments = rest.slice(0, limit).map(({ shipmentId }) => knownOf(this.#known(shipmentId) as Shipment));
    const last = rest[limit - 1]?.shipmentId;
    return json(200, { shipments, ...(rest.length > limit ? { nextCursor: last } : {}) });
  }

  #ofShipment(method: string, shipmentId: string): Served {
    const known = this.#known(shipmentId);
    if (method === 'GET') {
      if (known === undefined) return json(404, { error: 'The warehouse does not know this shipment.' });
      return json(200, knownOf(known));
    }
    if (method !== 'DELETE') return json(405, { error: 'Only GET and DELETE.' });
    const { decides: _, ...shipment } = known ?? { shipmentId, requests: 0 };
    // A shipment that was refused has no goods; its end stays in the books.
    if (known?.state !== 'refused') this.#books.write({ ...shipment, state: 'cancelled' });
    return json(200, { shipmentId, state: 'cancelled' });
  }
}

function answerOf({ shipmentId, state, reason = EMPTY_SHELF }: Shipment, status: number): Served {
  return state === 'refused' ? json(422, { reason }) : json(status, { shipmentId, state });
}

/** What its API says of a shipment. */
function knownOf({ shipmentId, state, quantity, reason }: Shipment): object {
  return { shipmentId, state, ...(quantity === undefined ? {} : { quantity }), ...(reason === undefined ? {} : { reason }) };
}
