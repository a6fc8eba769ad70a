import type { AdminOrder, calls, SagaView } from 'seckill-core';
import type { PrismaClient, Saga as SagaRow } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import type { HistoryEntry, HistoryWhat, StepRecord } from './progress.ts';

type TimelineEntry = AdminOrder['timeline'][number];

const WORDS: Readonly<Record<HistoryWhat, TimelineEntry['what']>> = {
  done: 'step-done',
  refused: 'step-refused',
  skipped: 'step-skipped',
  undone: 'step-undone',
  kept: 'step-kept',
  failed: 'step-failed',
  stuck: 'saga-stuck',
  retried: 'saga-retried',
  'turned-back': 'saga-turned-back',
};

/** Returns the saga of an order and its part of the timeline; nothing if the order has none. */
export async function readSaga(
  prisma: Pick<PrismaClient, 'saga'>,
  orderId: string,
): Promise<{ saga?: SagaView; timeline: readonly TimelineEntry[] }> {
  const row = await prisma.saga.findFirst({ where: { orderId } });
  return row === null ? { timeline: [] } : { saga: sagaView(row), timeline: timelineOf(row) };
}

/** The steps in the order in which they began. A step that was undone keeps its place. */
function sagaView(row: SagaRow): SagaView {
  const records = row.steps as unknown as Record<string, StepRecord>;
  const history = row.history as unknown as HistoryEntry[];
  const begun = [
    ...new Set(history.flatMap(({ step }) => step ?? [])),
    ...Object.keys(records),
    ...(row.step === null ? [] : [row.step]),
  ];
  return {
    name: row.name,
    state: row.state,
    attempts: row.attempts,
    steps: [...new Set(begun)].map((name) => {
      const { is, at, note } = records[name] ?? { is: 'UNDER_WAY' as const };
      return { name, state: is, ...(at === undefined ? {} : { at }), ...(note === undefined ? {} : { note }) };
    }),
    createdAt: row.createdAt.toISOString(),
    ...(row.step === null ? {} : { step: row.step, nextTryAt: row.nextTryAt.toISOString() }),
    ...(row.stuckAt === null ? {} : { stuckSince: row.stuckAt.toISOString() }),
    ...(row.lastError === null ? {} : { lastError: row.lastError }),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt.toISOString() }),
  };
}

function timelineOf({ createdAt, endedAt, state, name, ...row }: SagaRow): TimelineEntry[] {
  const history = row.history as unknown as HistoryEntry[];
  return [
    { at: createdAt.toISOString(), what: 'saga-begun', id: name },
    ...history.map(({ at, what, step = name, note }) => ({
      at,
      what: WORDS[what],
      id: step,
      ...(note === undefined ? {} : { note }),
    })),
    ...(endedAt === null
      ? []
      : [{ at: endedAt.toISOString(), what: state === 'COMPLETED' ? 'saga-completed' : 'saga-compensated', id: name } as const]),
  ];
}

type Listing = Static<typeof calls.listStuckSagas.request>;
type Listed = Static<typeof calls.listStuckSagas.reply>;

/** A page of the sagas that an operator should look at, the newest orders first. */
export async function listStuck(prisma: PrismaClient, { cursor, limit }: Listing): Promise<Listed> {
  const found = await prisma.saga.findMany({
    where: { stuckAt: { not: null }, ...(cursor === undefined ? {} : { orderId: { lt: cursor } }) },
    orderBy: { orderId: 'desc' },
    take: limit + 1,
  });
  const views = found.map(({ orderId, state, step, stuckAt, createdAt, lastError }) => ({
    orderId,
    state,
    step: step ?? '',
    stuckSince: (stuckAt ?? createdAt).toISOString(),
    lastError: lastError ?? '',
  }));
  const { rows: sagas, ...next } = await cutPage(views, limit, ({ orderId }) => orderId);
  return { sagas, ...next };
}
