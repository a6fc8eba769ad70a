import type { PrismaClient } from 'seckill-prisma';
import { decodeCursor, encodeCursor, type HistoryPosition } from '../history/history-position.ts';
import { type HistoryParts, type HistoryStart, startOf } from '../history/read-history.ts';

/** Another worker writes to this sink, or an operator has moved its position. */
class SinkMoved extends Error {
  override readonly name = 'SinkMoved';
}

export interface SinkPosition {
  position: HistoryPosition;
  /** Where the batch ends that was being written. */
  writing: HistoryPosition | undefined;
}

/** The stored form of a position. */
export const textOf = (position: HistoryPosition): string => encodeCursor({ position, skip: 0 });

const read = (text: string): HistoryPosition => decodeCursor(text).position;

/** Returns how far the sink has come. A new one begins at `from`. */
export async function readSinkPosition(
  parts: HistoryParts & { prisma: PrismaClient },
  sink: string,
  from: HistoryStart,
): Promise<SinkPosition> {
  const known = await parts.prisma.dataHubPosition.findUnique({ where: { sink } });
  if (known !== null)
    return { position: read(known.position), writing: known.writing === null ? undefined : read(known.writing) };
  const position = await startOf(parts, from);
  await parts.prisma
    .$executeRaw`INSERT INTO data_hub_positions (sink, position) VALUES (${sink}, ${textOf(position)}) ON CONFLICT DO NOTHING`;
  return { position, writing: undefined };
}

/** Notes the end of the batch that is written next. Throws {@link SinkMoved} if the sink isn't at `from` any more. */
export async function beginWriting(
  prisma: PrismaClient,
  sink: string,
  from: HistoryPosition,
  to: HistoryPosition,
): Promise<void> {
  const changed = await prisma.$executeRaw`
    UPDATE data_hub_positions SET writing = ${textOf(to)} WHERE sink = ${sink} AND position = ${textOf(from)}`;
  if (changed !== 1) throw new SinkMoved(`The sink ${sink} was moved by another worker or by an operator.`);
}

/** Moves the sink on by a batch that was written. Throws {@link SinkMoved} if it isn't at `from` any more. */
export async function movePosition(
  prisma: PrismaClient,
  sink: string,
  { from, to, events }: { from: HistoryPosition; to: HistoryPosition; events: number },
): Promise<void> {
  const changed = await prisma.$executeRaw`
    UPDATE data_hub_positions
    SET position = ${textOf(to)}, writing = NULL, events = events + ${events}, failures = 0, last_error = NULL, moved_at = clock_timestamp()
    WHERE sink = ${sink} AND position = ${textOf(from)}`;
  if (changed !== 1) throw new SinkMoved(`The sink ${sink} was moved by another worker or by an operator.`);
}

export async function noteFailure(prisma: PrismaClient, sink: string, failures: number, error: unknown): Promise<void> {
  const text = String((error as Error)?.message ?? error).slice(0, 1_000);
  await prisma.$executeRaw`UPDATE data_hub_positions SET failures = ${failures}, last_error = ${text} WHERE sink = ${sink}`;
}
