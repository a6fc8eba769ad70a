import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { ORDER_EVENTS, type OrderEventName, STREAMS } from 'seckill-core';
import { readToEnd } from '../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check, Finding } from './check.ts';
import { readBooksAnew, sum } from './check-books.ts';
import { explainEvents } from './explain-events.ts';
import { explainStatistics } from './explain-statistics.ts';

type Counts = Record<OrderEventName, number>;

/** The stream forgets events after that long. */
const EVENTS_KEPT_MS = STREAMS.orders.maxAgeMs - 24 * 60 * 60 * 1000;

/** What was announced against what is recorded. */
export function checksOfEvents(context: AuditContext): Check[] {
  if (Date.now() - context.sale.createdAt.getTime() > EVENTS_KEPT_MS) return [];
  const events = untilSettled(() => lookAtEvents(context));
  const statistics = untilSettled(() => lookAtStatistics(context));
  return [
    {
      key: 'events',
      name: 'Each change of an order was announced by exactly one event',
      look: events.look,
      explain: () => explainEvents(context, events.differing()),
    },
    {
      key: 'statistics',
      name: 'The statistics have counted each event once',
      look: statistics.look,
      explain: ({ detail }) => explainStatistics(context, detail),
    },
  ];
}

interface Comparison {
  /** What follows; it is read first, so it can be behind but never ahead. */
  follower: Counts;
  leader: Counts;
  words: { follower: string; leader: string };
}

async function lookAtEvents(context: AuditContext): Promise<Comparison> {
  const stored = await countEvents(context);
  const leader = await countMoves(context);
  return { follower: await withoutRepeated(context, stored, leader), leader, words: { follower: 'events', leader: 'orders' } };
}

async function lookAtStatistics(context: AuditContext): Promise<Comparison> {
  const row = await context.prisma.saleStatistics.findUnique({ where: { saleId: context.sale.id } });
  const follower = Object.fromEntries(ORDER_EVENTS.map((name) => [name, Number(row?.[name] ?? 0)])) as Counts;
  const leader = await withoutRepeated(context, await countEvents(context), follower);
  return { follower, leader, words: { follower: 'counted', leader: 'events' } };
}

/** Behind is a fault only where nothing moves: between two looks of a sale that runs, something does. */
function untilSettled(compare: () => Promise<Comparison>): { look: () => Promise<Finding>; differing: () => OrderEventName[] } {
  let before: string | undefined;
  let differing: OrderEventName[] = [];
  const look = async () => {
    const { follower, leader, words } = await compare();
    const now = JSON.stringify([follower, leader]);
    const moving = before !== undefined && before !== now;
    before = now;
    differing = ORDER_EVENTS.filter((name) => follower[name] !== leader[name]);
    const ahead = ORDER_EVENTS.some((name) => follower[name] > leader[name]);
    const counts = ORDER_EVENTS.map((name) => `${follower[name]} ${name}`).join(', ');
    const difference = differing.map((name) => `${name}: ${follower[name]} ${words.follower}, ${leader[name]} ${words.leader}`);
    return {
      holds: differing.length === 0 || (moving && !ahead),
      duplicated: Math.max(0, follower.created - leader.created),
      detail: differing.length === 0 ? counts : difference.join('; '),
    };
  };
  return { look, differing: () => differing };
}

async function countEvents({ nc, sale }: AuditContext): Promise<Counts> {
  const manager = await jetstreamManager(nc);
  const { state } = await manager.streams.info(STREAMS.orders.name, { subjects_filter: `seckill.order.*.${sale.id}` });
  const subjects = state.subjects ?? {};
  return Object.fromEntries(ORDER_EVENTS.map((name) => [name, subjects[`seckill.order.${name}.${sale.id}`] ?? 0])) as Counts;
}

/**
 * An event may be stored twice where NATS was away for longer than it remembers ids: listeners know it by its id, and so does this.
 * Read one by one only where there are more than `expected`.
 */
async function withoutRepeated({ nc, sale }: AuditContext, stored: Counts, expected: Counts): Promise<Counts> {
  const counts = { ...stored };
  for (const name of ORDER_EVENTS) {
    if (stored[name] <= expected[name]) continue;
    const ids = new Set<string>();
    const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
    const subject = `seckill.order.${name}.${sale.id}`;
    for await (const message of readToEnd(nc, { stream: STREAMS.orders.name, subject, start })) {
      ids.add(message.headers?.get('Nats-Msg-Id') ?? String(message.seq));
    }
    counts[name] = ids.size;
  }
  return counts;
}

async function countMoves(context: AuditContext): Promise<Counts> {
  const books = await readBooksAnew(context);
  const refunded = sum(books, (item) => item.refunded);
  const cancelled = sum(books, (item) => item.cancelled) + refunded;
  const paid = sum(books, (item) => item.paid);
  return {
    created: sum(books, (item) => item.pending) + paid + cancelled,
    paid,
    cancelled,
    rejected: sum(books, (item) => item.rejected),
    refunded,
  };
}
