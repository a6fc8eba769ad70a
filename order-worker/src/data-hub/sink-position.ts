import type { PrismaClient } from 'seckill-prisma';
import { decodeCursor, encodeCursor, type HistoryPosition } from '../history/history-position.ts';
import { type HistoryParts, type HistoryStart, startOf } from '../history/read-history.ts';

/** Another worker writes to this sink, or an operator has started it over. */
export class SinkMoved extends Error {
  override readonly name = 'SinkMoved';
}

export interface SinkPosition {
  position: HistoryPosition;
  /** Where the batch ends that was being written. */
  writing: HistoryPosition | undefined;
  /** How often the sink began. */
  run: number;
  /** Whether the sink is ready for the first batch of this run. */
  isPrepared: boolean;
}

/** The stored form of a position. */
export const textOf = (position: HistoryPosition): string => encodeCursor({ position, skip: 0 });

export const positionOf = (text: string): HistoryPosition => decodeCursor(text).position;

/** Returns how far the sink has come. A new one begins at `from`. */
export async function readSinkPosition(
  parts: HistoryParts & { prisma: PrismaClient },
  sink: string,
  from: HistoryStart,
): Promise<SinkPosition> {
  const { dataHubPosition } = parts.prisma;
  let row = await dataHubPosition.findUnique({ where: { sink } });
  if (row === null) {
    const position = textOf(await startOf(parts, from));
    await dataHubPosition.createMany({ data: [{ sink, position }], skipDuplicates: true });
    row = await dataHubPosition.findUniqueOrThrow({ where: { sink } });
  }
  const { position, writing, run, isPrepared } = row;
  return { position: positionOf(position), writing: writing === null ? undefined : positionOf(writing), run, isPrepared };
}

/** Returns how often the sink began; undefined if it never did. */
export async function readRun(prisma: PrismaClient, sink: string): Promise<number | undefined> {
  return (await prisma.dataHubPosition.findUnique({ where: { sink }, select: { run: true } }))?.run;
}

/** Has the sink begin again at `from`, in whichever worker feeds it. A batch that is being written now moves nothing. Returns whether there is such a sink. */
export async function startOver(
  parts: HistoryParts & { prisma: PrismaClient },
  sink: string,
  from: HistoryStart,
): Promise<boolean> {
  const position = textOf(await startOf(parts, from));
  const changed = await parts.prisma.$executeRaw`
    UPDATE data_hub_positions
    SET position = ${position}, writing = NULL, run = run + 1, is_prepared = false, events = 0, failures = 0, last_error = NULL,
      moved_at = clock_timestamp()
    WHERE sink = ${sink}`;
  return changed === 1;
}

/** The sink is ready for the first batch of the run. */
export async function notePrepared(prisma: PrismaClient, sink: string, run: number): Promise<void> {
  await prisma.dataHubPosition.updateMany({ where: { sink, run }, data: { isPrepared: true } });
}

interface Move {
  run: number;
  from: HistoryPosition;
  to: HistoryPosition;
}

/** Notes the end of the batch that is written next. Throws {@link SinkMoved} if the sink isn't at `from` any more. */
export async function beginWriting(prisma: PrismaClient, sink: string, { run, from, to }: Move): Promise<void> {
  const changed = await prisma.$executeRaw`
    UPDATE data_hub_positions SET writing = ${textOf(to)} WHERE sink = ${sink} AND position = ${textOf(from)} AND run = ${run}`;
  if (changed !== 1) throw moved(sink);
}

/** Moves the sink on by a batch that was written. Throws {@link SinkMoved} if it isn't at `from` any more. */
export async function movePosition(
  prisma: PrismaClient,
  sink: string,
  { run, from, to, events }: Move & { events: number },
): Promise<void> {
  const changed = await prisma.$executeRaw`
    UPDATE data_hub_positions
    SET position = ${textOf(to)}, writing = NULL, events = events + ${events}, failures = 0, last_error = NULL, moved_at = clock_timestamp()
    WHERE sink = ${sink} AND position = ${textOf(from)} AND run = ${run}`;
  if (changed !== 1) throw moved(sink);
}

const moved = (sink: string): SinkMoved => new SinkMoved(`The sink ${sink} was moved by another worker or by an operator.`);

export async function noteFailure(
  prisma: PrismaClient,
  sink: string,
  { run, failures, error }: { run: number; failures: number; error: unknown },
): Promise<void> {
  const text = String((error as Error)?.message ?? error).slice(0, 1_000);
  await prisma.dataHubPosition.updateMany({ where: { sink, run }, data: { failures, lastError: text } });
}
