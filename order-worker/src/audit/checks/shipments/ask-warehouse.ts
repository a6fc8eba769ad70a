import { atOnce } from '../../../servers/at-once.ts';
import {
  type KnownShipment,
  type ShipmentPage,
  type Warehouse,
  WarehouseUnavailable,
} from '../../../services/fulfilment/warehouse.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { compareShipments, FIRST_ID, LAST_ID, type ShipmentFault, type WrongShipment } from './compare-shipments.ts';

/** An audit is not worth more of the warehouse's time: it asks for one page after the other, and for few shipments at once. */
const AT_ONCE = 4;
const ANSWER_WITHIN_MS = 5_000;
const TRIES = 4;
/** Shipments that an audit keeps, and asks for again in its later passes. */
const MOST_WRONG = 200;

/** What the warehouse says of one shipment does not show these, and no delay explains them. */
const ONLY_IN_LIST: ReadonlySet<ShipmentFault> = new Set(['doubled', 'quantity']);

export interface Compared {
  /** Why the warehouse could not be compared: it does not answer, or not as its API says. */
  away?: string;
  /** Why it is not compared: it does not list its shipments. */
  unlisted?: true;
  listed: number;
  wrong: WrongShipment[];
}

/** Reads all shipments of the sale in pages, and compares each page with the sagas of the orders that belong on it. */
export async function compareAll(context: AuditContext, warehouse: Warehouse): Promise<Compared> {
  const found: Compared = { listed: 0, wrong: [] };
  let page: ShipmentPage | undefined;
  let after = FIRST_ID;
  // The last shipment of a page is compared with the next one, which may have it too.
  let last: KnownShipment[] = [];
  do {
    const cursor: string | undefined = page?.nextCursor;
    page = await patiently((giveUpAt) => warehouse.list(context.sale.id, cursor, giveUpAt));
    if (page === undefined) return { ...found, unlisted: true };
    expectProgress(page, cursor);
    found.listed += page.shipments.length;
    const shipments = [...last, ...page.shipments];
    expectOrder(shipments);
    const isLast = page.nextCursor === undefined;
    const lastId = shipments.at(-1)?.shipmentId;
    last = isLast ? [] : shipments.filter(({ shipmentId }) => shipmentId === lastId);
    const whole = shipments.slice(0, shipments.length - last.length);
    const upTo = isLast ? LAST_ID : (whole.at(-1)?.shipmentId ?? after);
    if (upTo > after) {
      const wrong = await compareShipments(context, whole, { after, upTo });
      found.wrong.push(...wrong.slice(0, MOST_WRONG - found.wrong.length));
    }
    after = upTo;
  } while (page.nextCursor !== undefined);
  return found;
}

/** Asks for the shipments that differed, and compares them with the sagas as they are now. */
export async function compareAgain(context: AuditContext, warehouse: Warehouse, before: Compared): Promise<Compared> {
  const inList = before.wrong.filter(({ fault }) => ONLY_IN_LIST.has(fault));
  const ids = before.wrong.filter(({ fault }) => !ONLY_IN_LIST.has(fault)).map(({ orderId }) => orderId);
  if (ids.length === 0) return before;
  const shipments: KnownShipment[] = [];
  await atOnce(AT_ONCE, ids, async (id) => {
    const shipment = await patiently((giveUpAt) => warehouse.find(id, giveUpAt));
    if (shipment !== undefined) shipments.push({ ...shipment, shipmentId: id });
  });
  const wrong = await compareShipments(context, shipments, { after: FIRST_ID, upTo: LAST_ID, ids });
  return { ...before, wrong: [...inList, ...wrong] };
}

/** A page that is lost would cost all pages before it. */
async function patiently<Answer>(ask: (giveUpAt: number) => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask(performance.now() + ANSWER_WITHIN_MS);
    } catch (error) {
      if (!(error instanceof WarehouseUnavailable) || tries === TRIES) throw error;
    }
  }
}

/** Or the audit would ask for ever. */
function expectProgress({ shipments, nextCursor }: ShipmentPage, cursor: string | undefined): void {
  if (nextCursor === undefined || (shipments.length > 0 && nextCursor !== cursor)) return;
  throw new WarehouseUnavailable('The warehouse lists an empty page, or the same page again, and says that there are more.');
}

function expectOrder(shipments: readonly KnownShipment[]): void {
  for (const [i, { shipmentId }] of shipments.entries()) {
    if (i > 0 && shipmentId < (shipments[i - 1]?.shipmentId ?? '')) {
      throw new WarehouseUnavailable('The warehouse lists shipments in another order than that of their ids.');
    }
  }
}
