import type { NatsConnection } from '@nats-io/transport-node';
import { LANES, type SaleReport, type SaleSettings } from 'seckill-core';
import { readRoomEvents } from '../waiting-room/read-room-events.ts';
import { RoomHistory } from '../waiting-room/room-history.ts';

/** Counts what happened in a sale's waiting room. Undefined if it has none, or if the stream has forgotten it. `now` in ms. */
export async function readRoomFigures(
  nc: NatsConnection,
  { saleId, waitingRoom }: SaleSettings,
  now: number,
): Promise<SaleReport['waitingRoom']> {
  if (waitingRoom === undefined) return undefined;
  const history = new RoomHistory();
  let isThere = false;
  for await (const event of readRoomEvents(nc, saleId)) {
    isThere = true;
    history.add(event);
  }
  if (!isThere) return undefined;
  const sum = (count: (lane: RoomHistory['lanes']['n']) => number) =>
    LANES.reduce((all, lane) => all + count(history.lanes[lane]), 0);
  const turns = sum(({ served }) => served);
  const open = history
    .turnsSince(now - waitingRoom.staleSeconds * 1_000)
    .reduce((all, { from, upTo, taken }) => all + upTo - from + 1 - taken, 0);
  return {
    tickets: sum(({ joined }) => joined),
    turns,
    taken: history.takenUp,
    missed: Math.max(0, turns - history.takenUp - open),
    used: history.used,
  };
}
