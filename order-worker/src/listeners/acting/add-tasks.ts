import {
  encodeOrderEvent,
  encodeSaleEvent,
  type OrderEvent,
  orderEvent,
  type SaleEvent,
  typeOfOrderEvent,
  typeOfSaleEvent,
} from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { arrayLiteral, joinTexts } from '../../servers/array-literal.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { StoredEvents } from '../runner/stored-events.ts';
import type { LaneWish } from './acting-listener.ts';

const addStatement = loadStatement(import.meta.url, 'add-tasks');

/** How long an event waits for the first one of its order, which another worker publishes at the same time. */
const HELD_SECONDS = 30;

/** Tasks in one statement. */
const PORTION = 5_000;

type Writer = Pick<Prisma.TransactionClient, '$executeRawUnsafe'>;

interface NewTask {
  lane: string;
  subject: string;
  eventId: string;
  type: string;
  /** As of the table. */
  rank: number;
  event: string;
  /** The first event of its order has to come before. */
  follows: boolean;
}

/** Keeps the events of orders for the lanes that want them, as tasks. Idempotent. */
export async function addTasks(tx: Writer, lanes: readonly LaneWish[], messages: readonly StoredEvents[]): Promise<void> {
  await insert(
    tx,
    messages.flatMap((message) => tasksOf(lanes, message)),
  );
}

/** Keeps events for one lane, from wherever they were read. Resolves to how many it did not have. */
export function addEvents(tx: Writer, lane: LaneWish, events: readonly OrderEvent[]): Promise<number> {
  const wanted = events.filter(({ event, saleId }) => lane.wants({ of: 'order', event, saleId }));
  return insert(
    tx,
    wanted.map((event) => ({ lane: lane.name, follows: false, ...taskOf(event) })),
  );
}

/** The same as {@link addTasks} for events of sales. */
export async function addSaleTasks(tx: Writer, lanes: readonly LaneWish[], events: readonly SaleEvent[]): Promise<void> {
  const tasks = events.flatMap((each): NewTask[] => {
    const { event, id, at, sale } = each;
    const wanting = lanes.filter((lane) => isSince(lane, at) && lane.wants({ of: 'sale', event, saleId: sale.saleId }));
    const task = { subject: sale.saleId, eventId: id, type: typeOfSaleEvent(event), rank: 0, event: encodeSaleEvent(each) };
    return wanting.map(({ name }) => ({ lane: name, follows: false, ...task }));
  });
  await insert(tx, tasks);
}

/**
 * In portions: a hundred lanes may want every event of a batch. The first events of their orders may be among them; PostgreSQL would compare every
 * pair to find them.
 */
async function insert(tx: Writer, tasks: readonly NewTask[]): Promise<number> {
  const begun = new Set(tasks.filter(({ rank }) => rank === 0).map(orderOf));
  const judged = tasks.map((task) => (task.follows && begun.has(orderOf(task)) ? { ...task, follows: false } : task));
  let added = 0;
  for (let from = 0; from < judged.length; from += PORTION) added += await insertPortion(tx, judged.slice(from, from + PORTION));
  return added;
}

const orderOf = ({ lane, subject }: NewTask): string => `${lane} ${subject}`;

async function insertPortion(tx: Writer, tasks: readonly NewTask[]): Promise<number> {
  const column = <Key extends keyof NewTask>(key: Key) => tasks.map((task) => task[key]);
  return tx.$executeRawUnsafe(
    addStatement,
    joinTexts(column('lane')),
    arrayLiteral(column('subject')),
    joinTexts(column('eventId')),
    joinTexts(column('type')),
    arrayLiteral(column('rank')),
    joinTexts(column('event')),
    HELD_SECONDS,
    arrayLiteral(column('follows')),
  );
}

function tasksOf(lanes: readonly LaneWish[], message: StoredEvents): NewTask[] {
  if (message.of === undefined) return [];
  const { event, saleId } = message.of;
  const wanting = lanes.filter((lane) => lane.wants({ of: 'order', event, saleId }));
  if (wanting.length === 0) return [];
  const isLater = !BEGINS_ORDER.has(event);
  const follows = wanting.map((lane) => isLater && lane.wants({ of: 'order', event: 'created', saleId }));
  // Read only now: most events are wanted by no lane.
  return message.events.flatMap((each) => {
    const task = taskOf(each);
    return wanting.flatMap((lane, i) =>
      // The first event of an older order does not come to it.
      isSince(lane, each.at)
        ? [{ lane: lane.name, follows: follows[i] === true && isSince(lane, each.reservedAt), ...task }]
        : [],
    );
  });
}

const isSince = ({ since = 0 }: LaneWish, at: number): boolean => at >= since;

const BEGINS_ORDER: ReadonlySet<string> = new Set(['created', 'rejected']);

function taskOf(event: OrderEvent) {
  return {
    subject: event.orderId,
    eventId: orderEvent.id(event),
    type: typeOfOrderEvent(event.event),
    rank: event.version * 2 + (BEGINS_ORDER.has(event.event) ? 0 : 1),
    event: encodeOrderEvent(event),
  };
}
