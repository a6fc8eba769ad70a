import type { AdminOrder, AuditReport } from 'seckill-core';
import { number } from '../command/text.ts';
import type { DownstreamBooks } from './read-books.ts';

/** The events of which a buyer gets a mail, whatever the time. That an order was made comes only if there is still time to pay. */
const MAILED = new Set(['paid', 'cancelled', 'refunded', 'partly-refunded']);
const MESSAGED = new Set(['paid', 'refunded']);

type Check = AuditReport['checks'][number];

/** Compares the platform's books with those of everything that follows an order. `mayRepeat`: a worker was killed, and a mail may have come twice. */
export function checkDownstream(books: DownstreamBooks, { mayRepeat = false } = {}): Check[] {
  return [webhooks(books), mails(books, mayRepeat), messages(books), sagas(books), shipments(books)];
}

const idsOf = ({ events }: DownstreamBooks, wanted: (name: string) => boolean): string[] =>
  [...events].filter(([, { name }]) => wanted(name)).map(([id]) => id);

const missingOf = (wanted: readonly string[], arrived: ReadonlyMap<string, unknown>): number =>
  wanted.filter((id) => !arrived.has(id)).length;

function webhooks(books: DownstreamBooks): Check {
  const wanted = idsOf(books, () => true);
  const missing = missingOf(wanted, books.hooks);
  const foreign = [...books.hooks.keys()].filter((id) => !books.events.has(id)).length;
  return {
    name: 'Every order event reached the webhook receiver',
    holds: missing === 0 && foreign === 0,
    detail: `${number(wanted.length)} events${lacking(missing, 'missing')}${lacking(foreign, 'of no order')}`,
  };
}

/** As the worker makes it of an event's id. */
const messageIdOf = (eventId: string): string => `<${eventId.replaceAll(':', '.')}@shop.example>`;

function mails(books: DownstreamBooks, mayRepeat: boolean): Check {
  const wanted = idsOf(books, (name) => MAILED.has(name)).map(messageIdOf);
  const allowed = new Set([...wanted, ...idsOf(books, (name) => name === 'created').map(messageIdOf)]);
  const missing = missingOf(wanted, books.mails);
  const foreign = [...books.mails.keys()].filter((id) => !allowed.has(id)).length;
  const doubled = [...books.mails.values()].filter((times) => times > 1).length;
  return {
    name: 'Every buyer was written to, once for each event',
    holds: missing === 0 && foreign === 0 && (mayRepeat || doubled === 0),
    detail: `${number(books.mails.size)} mails${lacking(missing, 'missing')}${lacking(foreign, 'of no event')}${lacking(doubled, 'twice, with the same Message-ID')}`,
  };
}

/** The service sends a message once for each id, however often it comes. */
function messages(books: DownstreamBooks): Check {
  const wanted = idsOf(books, (name) => MESSAGED.has(name));
  const missing = missingOf(wanted, books.messages);
  const foreign = [...books.messages.keys()].filter((id) => !wanted.includes(id)).length;
  return {
    name: 'Every buyer got their text messages',
    holds: missing === 0 && foreign === 0,
    detail: `${number(books.messages.size)} messages${lacking(missing, 'missing')}${lacking(foreign, 'of no event')}`,
  };
}

const REWARDS = ['points', 'coupon'] as const;

function sagas({ paidOrders }: DownstreamBooks): Check {
  const wrong = paidOrders.filter((order) => !hasAllOrNothing(order));
  const turned = paidOrders.filter(({ saga }) => saga?.state === 'COMPENSATED').length;
  const first = wrong[0];
  return {
    name: 'A paid order has points, coupon and shipment, or none and its money back',
    holds: wrong.length === 0,
    detail:
      `${number(paidOrders.length)} paid, ${number(turned)} of them refunded because the warehouse refused` +
      `${lacking(wrong.length, 'neither')}${first === undefined ? '' : `, such as ${first.orderId}`}`,
  };
}

function hasAllOrNothing({ status, saga }: AdminOrder): boolean {
  if (saga === undefined) return false;
  const stateOf = (name: string) => saga.steps.find((step) => step.name === name)?.state;
  if (saga.state === 'COMPLETED')
    return status === 'PAID' && [...REWARDS, 'fulfilment'].every((name) => stateOf(name) === 'DONE');
  return saga.state === 'COMPENSATED' && status === 'REFUNDED' && REWARDS.every((name) => stateOf(name) === 'UNDONE');
}

function shipments({ paidOrders, shipments: known }: DownstreamBooks): Check {
  const kept = paidOrders.filter(({ status }) => status === 'PAID').map(({ orderId }) => orderId);
  const shipped = [...known].filter(([, state]) => state === 'accepted').map(([orderId]) => orderId);
  const missing = kept.filter((id) => known.get(id) !== 'accepted').length;
  const surplus = shipped.filter((id) => !kept.includes(id)).length;
  return {
    name: 'The warehouse ships what is paid, and nothing else',
    holds: missing === 0 && surplus === 0,
    detail: `${number(shipped.length)} shipments${lacking(missing, 'missing')}${lacking(surplus, 'for no paid order')}`,
  };
}

const lacking = (count: number, what: string): string => (count === 0 ? '' : `, ${number(count)} ${what}`);
