import { Problem, type WebhookView } from 'seckill-core';
import type { PrismaClient, WebhookEndpoint } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';

const backlogStatement = loadStatement(import.meta.url, 'count-backlogs');

/** A dead endpoint may have millions. */
const MOST_COUNTED = 10_000;

interface Backlog {
  endpoint: string;
  waiting: number;
  failed: number;
  oldestWaitingAt: Date | null;
}

/** Returns the endpoints without their secrets, each with its backlog. */
export async function webhookViews(prisma: PrismaClient, endpoints: readonly WebhookEndpoint[]): Promise<WebhookView[]> {
  const ids = endpoints.map(({ id }) => id);
  const backlogs = ids.length === 0 ? [] : await prisma.$queryRawUnsafe<Backlog[]>(backlogStatement, ids, MOST_COUNTED);
  const of = new Map(backlogs.map((backlog) => [backlog.endpoint, backlog]));
  return endpoints.map((endpoint) => viewOf(endpoint, of.get(endpoint.id)));
}

/** Throws NOT_FOUND. */
export async function webhookView(prisma: PrismaClient, webhookId: string): Promise<WebhookView> {
  const endpoint = await findEndpoint(prisma, webhookId);
  const [view] = await webhookViews(prisma, [endpoint]);
  return view as WebhookView;
}

/** Throws NOT_FOUND. */
export async function findEndpoint(prisma: PrismaClient, webhookId: string): Promise<WebhookEndpoint> {
  const endpoint = await prisma.webhookEndpoint.findFirst({ where: { id: webhookId, deletedAt: null } });
  if (endpoint === null) throw new Problem('NOT_FOUND', 'There is no webhook with this id.');
  return endpoint;
}

function viewOf(endpoint: WebhookEndpoint, backlog: Backlog | undefined): WebhookView {
  const { id, url, events, saleIds, description, state, createdAt } = endpoint;
  const times = { lastSuccessAt: endpoint.lastSuccessAt, failingSince: endpoint.failingSince };
  return {
    webhookId: id,
    url,
    events,
    saleIds,
    description,
    state,
    ...(endpoint.disabledReason === null ? {} : { disabledReason: endpoint.disabledReason }),
    createdAt: createdAt.toISOString(),
    ...knownTimes({ ...times, previousSecretUntil: stillValid(endpoint.previousSecretUntil) }),
    ...(endpoint.lastError === null ? {} : { lastError: endpoint.lastError }),
    backlog: {
      waiting: backlog?.waiting ?? 0,
      failed: backlog?.failed ?? 0,
      ...knownTimes({ oldestWaitingAt: backlog?.oldestWaitingAt ?? null }),
    },
  };
}

const stillValid = (until: Date | null): Date | null => (until !== null && until.getTime() > Date.now() ? until : null);

/** ISO 8601; without those that are null. */
export function knownTimes<Name extends string>(times: Record<Name, Date | null>): Partial<Record<Name, string>> {
  const known = Object.entries<Date | null>(times).flatMap(([name, time]) => (time === null ? [] : [[name, time.toISOString()]]));
  return Object.fromEntries(known) as Partial<Record<Name, string>>;
}
