import { type calls, type ListedDelivery, Problem, type WebhookDelivery } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import { loadStatement } from '../servers/statement.ts';
import { FIXED_HEADERS } from './send-webhook.ts';
import { TEST_TYPE } from './test-type.ts';
import { eventOfType, laneOf } from './webhook-lane.ts';
import { findEndpoint, knownTimes } from './webhook-view.ts';

const listStatement = loadStatement(import.meta.url, 'list-deliveries');

type Listing = Static<typeof calls.listDeliveries.request>;

const STATES = { WAITING: ['HELD', 'WAITING'], DELIVERED: ['DONE'], FAILED: ['DEAD'] } as const;
const EVERY_STATE = Object.values(STATES).flat();

/** As the listener's engine keeps it. */
interface Attempt {
  at: string;
  ms: number;
  ok: boolean;
  status?: number;
  answer?: string;
  error?: string;
}

interface Row {
  id: string;
  eventId: string;
  type: string;
  subject: string;
  state: string;
  attempts: number;
  createdAt: Date;
  nextTryAt: Date;
  finishedAt: Date | null;
  last: Attempt | null;
}

/** A page of an endpoint's deliveries, the newest first. Throws NOT_FOUND. */
export async function listDeliveries(prisma: PrismaClient, listing: Listing): Promise<Static<typeof calls.listDeliveries.reply>> {
  const { webhookId, state, from, to, cursor, limit } = listing;
  await findEndpoint(prisma, webhookId);
  const rows = await prisma.$queryRawUnsafe<Row[]>(
    listStatement,
    laneOf(webhookId),
    state === undefined ? EVERY_STATE : STATES[state],
    from ?? null,
    to ?? null,
    cursor ?? null,
    limit + 1,
  );
  const { rows: deliveries, ...next } = await cutPage(rows.map(listed), limit, ({ deliveryId }) => deliveryId);
  return { deliveries, ...next };
}

/** Throws NOT_FOUND. */
export async function readDelivery(prisma: PrismaClient, webhookId: string, deliveryId: string): Promise<WebhookDelivery> {
  const { url } = await findEndpoint(prisma, webhookId);
  const task = await prisma.listenerTask.findFirst({ where: { id: BigInt(deliveryId), lane: laneOf(webhookId) } });
  if (task === null) throw new Problem('NOT_FOUND', 'This webhook has no such delivery.');
  const history = task.history as unknown as Attempt[];
  return {
    ...listed({ ...task, id: String(task.id), last: history.at(-1) ?? null }),
    request: { url, headers: { ...FIXED_HEADERS, 'webhook-id': task.eventId }, body: task.event },
    history: history.map(({ at, ms, status, answer, error }) => ({
      at,
      durationMs: ms,
      ...(status === undefined ? {} : { status }),
      ...(answer === undefined ? {} : { answer }),
      ...(error === undefined ? {} : { error }),
    })),
  };
}

/** Has one delivery sent again, under the same id. Throws NOT_FOUND. */
export async function replayDelivery(prisma: PrismaClient, webhookId: string, deliveryId: string): Promise<ListedDelivery> {
  await findEndpoint(prisma, webhookId);
  await prisma.$executeRaw`
    UPDATE listener_tasks SET state = 'WAITING', finished_at = NULL, replayed_at = clock_timestamp(), next_try_at = clock_timestamp()
    WHERE id = ${deliveryId}::bigint AND lane = ${laneOf(webhookId)} AND type <> ${TEST_TYPE}`;
  const { request: _, history: __, ...delivery } = await readDelivery(prisma, webhookId, deliveryId);
  return delivery;
}

/** Has deliveries sent again: by default those that failed. Those that wait are tried at once. Throws NOT_FOUND. */
export async function replayDeliveries(
  prisma: PrismaClient,
  { webhookId, from, to, failedOnly = true }: Static<typeof calls.replayDeliveries.request>,
): Promise<{ replayed: number }> {
  await findEndpoint(prisma, webhookId);
  const states = failedOnly ? ['DEAD'] : ['DEAD', 'DONE'];
  const replayed = await prisma.$executeRaw`
    UPDATE listener_tasks SET state = 'WAITING', finished_at = NULL, replayed_at = clock_timestamp(), next_try_at = clock_timestamp()
    WHERE lane = ${laneOf(webhookId)} AND state::text = ANY (${states}::text[]) AND type <> ${TEST_TYPE}
      AND created_at >= coalesce(${from ?? null}::timestamptz, '-infinity') AND created_at < coalesce(${to ?? null}::timestamptz, 'infinity')`;
  await prisma.$executeRaw`
    UPDATE listener_tasks SET next_try_at = clock_timestamp()
    WHERE lane = ${laneOf(webhookId)} AND state = 'WAITING' AND next_try_at > clock_timestamp()`;
  return { replayed };
}

function listed({ id, eventId, type, subject, state, attempts, createdAt, nextTryAt, finishedAt, last }: Row): ListedDelivery {
  const [event, shown] = [eventOfType(type), stateOf(state, last)];
  return {
    deliveryId: id,
    eventId,
    event,
    ...(event.startsWith('order.') ? { orderId: subject } : {}),
    state: shown,
    attempts,
    createdAt: createdAt.toISOString(),
    ...knownTimes({ nextTryAt: shown === 'WAITING' ? nextTryAt : null, finishedAt }),
    ...(last?.status === undefined ? {} : { lastStatus: last.status }),
    ...(last?.error === undefined ? {} : { lastError: last.error }),
  };
}

function stateOf(state: string, last: Attempt | null): ListedDelivery['state'] {
  if (state === 'HELD' || state === 'WAITING') return 'WAITING';
  // A test event is not tried again, so it is done even if it was not accepted.
  return state === 'DONE' && last?.ok !== false ? 'DELIVERED' : 'FAILED';
}
