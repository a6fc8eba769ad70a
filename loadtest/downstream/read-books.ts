import type { AdminOrder, ListenerView } from 'seckill-core';
import type { HttpClient, Operator } from 'simulation';
import type { DownstreamUrls } from './follow-sale.ts';

const EVERY_MS = 500;
/** Orders read at once. */
const AT_ONCE = 8;

interface ListedEvent {
  id: string;
  subject: string;
  type: string;
}

interface Received {
  service: 'mail' | 'sms' | 'hook';
  key: string;
  times: number;
}

interface Shipment {
  shipmentId: string;
  state: string;
}

/** What the platform says of a sale's orders, and what the services have in their books. */
export interface DownstreamBooks {
  /** Every order event of the sale, by its id. */
  events: ReadonlyMap<string, { orderId: string; name: string }>;
  /** The orders that were paid, as they are now. */
  paidOrders: readonly AdminOrder[];
  /** How often each thing arrived, by its key. */
  mails: ReadonlyMap<string, number>;
  messages: ReadonlyMap<string, number>;
  hooks: ReadonlyMap<string, number>;
  /** By the order's id. */
  shipments: ReadonlyMap<string, string>;
}

interface Parts {
  operator: Operator;
  client: HttpClient;
  urls: DownstreamUrls;
  saleId: string;
}

/** Waits until every listener has acted on every event and every saga has ended, or until the time is over. Then reads all books. */
export async function booksAtRest(parts: Parts, withinMs: number): Promise<DownstreamBooks> {
  const until = performance.now() + withinMs;
  for (;;) {
    const isIdle = await areListenersIdle(parts.operator);
    const events = await readEvents(parts);
    const paidOrders = await readPaidOrders(parts.operator, events);
    const isAtRest = isIdle && paidOrders.every(({ saga }) => saga?.endedAt !== undefined);
    // A saga that has just ended may have published a refund.
    const isStill = isAtRest && (await areListenersIdle(parts.operator)) && (await readEvents(parts)).size === events.size;
    if (isStill || performance.now() > until) return { events, paidOrders, ...(await readSandbox(parts)) };
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

const ORDER_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Leaves out what the services have of other sales. */
export function withoutOtherSales(books: DownstreamBooks): DownstreamBooks {
  const orders = new Set([...books.events.values()].map(({ orderId }) => orderId));
  const own = <Value>(arrived: ReadonlyMap<string, Value>) =>
    new Map([...arrived].filter(([key]) => orders.has(ORDER_ID.exec(key)?.[0] ?? '')));
  const { mails, messages, hooks, shipments } = books;
  return { ...books, mails: own(mails), messages: own(messages), hooks: own(hooks), shipments: own(shipments) };
}

async function areListenersIdle(operator: Operator): Promise<boolean> {
  const { listeners } = await operator.call<{ listeners: ListenerView[] }>('GET', '/listeners');
  return listeners.every(({ behind, waiting }) => behind === 0 && waiting === 0);
}

async function readEvents({ operator, saleId }: Parts): Promise<DownstreamBooks['events']> {
  const found = new Map<string, { orderId: string; name: string }>();
  let cursor = '';
  for (;;) {
    const where = cursor === '' ? 'from=beginning' : `cursor=${cursor}`;
    const path = `/events?saleId=${saleId}&limit=100&${where}`;
    const { events, nextCursor } = await operator.call<{ events: ListedEvent[]; nextCursor?: string }>('GET', path);
    for (const { id, subject, type } of events) found.set(id, { orderId: subject, name: type.split('.')[2] ?? type });
    if (nextCursor === undefined) return found;
    cursor = nextCursor;
  }
}

async function readPaidOrders(operator: Operator, events: DownstreamBooks['events']): Promise<AdminOrder[]> {
  const ids = [...events.values()].filter(({ name }) => name === 'paid').map(({ orderId }) => orderId);
  const orders: AdminOrder[] = [];
  const readSome = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      orders.push(await operator.call<AdminOrder>('GET', `/orders/${id}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readSome));
  return orders;
}

async function readSandbox({ client, urls }: Parts): Promise<Omit<DownstreamBooks, 'events' | 'paidOrders'>> {
  const read = async <Body>(url: string): Promise<Body> => {
    const { status, body } = await client.request({ method: 'GET', url });
    if (status !== 200) throw new Error(`The downstream sandbox answered ${status} at ${url}.`);
    return JSON.parse(body) as Body;
  };
  const receivedAt = async (url: string, service: Received['service']) => {
    const { received } = await read<{ received: Received[] }>(`${url}/inbox`);
    return new Map(received.filter((each) => each.service === service).map(({ key, times }) => [key, times] as const));
  };
  const { shipments } = await read<{ shipments: Shipment[] }>(`${urls.warehouse}/warehouse/shipments`);
  return {
    mails: await receivedAt(urls.mail, 'mail'),
    messages: await receivedAt(urls.messages, 'sms'),
    hooks: await receivedAt(urls.webhooks, 'hook'),
    shipments: new Map(shipments.map(({ shipmentId, state }) => [shipmentId, state])),
  };
}
