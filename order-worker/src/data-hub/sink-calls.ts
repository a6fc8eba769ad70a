import { jetstreamManager } from '@nats-io/jetstream';
import { type calls, Problem, type RpcHandler, type SinkView, STREAMS } from 'seckill-core';
import type { DataHubPosition } from 'seckill-prisma';
import { readTime } from '../history/history-start.ts';
import type { HistoryStart } from '../history/read-history.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { SINKS } from './configure-sinks.ts';
import { positionOf, startOver } from './sink-position.ts';

export type SinkCalls = 'listSinks' | 'restartSink';
type Handlers = { [Kind in SinkCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };
type Parts = Pick<WorkerContext, 'nc' | 'prisma'>;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What operators do with sinks, at any worker. The worker that feeds a sink looks at its row every second. */
export const sinkCalls = (parts: Parts): Handlers => ({
  listSinks: async () => ({ sinks: await listSinks(parts) }),
  restartSink: async ({ sink, from }) => {
    const known = await startOver(parts, sink, startOf(sink, from));
    const sinks = await listSinks(parts);
    const view = sinks.find((each) => each.sink === sink);
    if (known && view !== undefined) return view;
    const names = sinks.map((each) => each.sink).join(', ');
    throw new Problem('NOT_FOUND', `There is no sink "${sink}". Known are: ${names || 'none'}.`);
  },
});

/** Throws VALIDATION_FAILED. */
function startOf(sink: string, from: string): HistoryStart {
  if (from === 'beginning') return from;
  const time = readTime(from);
  if (time === undefined) throw new Problem('VALIDATION_FAILED', `from "${from}" is not a day or a time.`);
  if (time > Date.now()) throw new Problem('VALIDATION_FAILED', `from "${from}" is in the future.`);
  return { time: SINKS.get(sink)?.startsOverByDay === true ? time - (time % DAY_MS) : time };
}

async function listSinks({ nc, prisma }: Parts): Promise<SinkView[]> {
  const rows = await prisma.dataHubPosition.findMany({ orderBy: { sink: 'asc' } });
  if (rows.length === 0) return [];
  const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.orders.name);
  return rows.map((row) => viewOf(row, state.last_seq));
}

function viewOf({ sink, position: text, events, movedAt, failures, lastError }: DataHubPosition, lastSeq: number): SinkView {
  const position = positionOf(text);
  const read = position.in === 'stream' ? position.seq : position.thenSeq - 1;
  return {
    sink,
    behind: Math.max(0, lastSeq - read),
    readsDatabase: position.in === 'tables',
    events: Number(events),
    movedAt: movedAt.toISOString(),
    failures,
    ...(lastError === null ? {} : { lastError }),
  };
}
