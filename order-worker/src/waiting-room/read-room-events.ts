import type { NatsConnection } from '@nats-io/transport-node';
import { type RoomEvent, roomEvent, STREAMS } from 'seckill-core';
import { readEvents } from '../servers/read-events.ts';

/** Yields what the stream has of a sale's waiting room, in order, up to the stream position `upTo`. */
export function readRoomEvents(nc: NatsConnection, saleId: string, upTo?: number): AsyncGenerator<RoomEvent> {
  const subject = roomEvent.subject({ saleId });
  return readEvents(nc, roomEvent, { stream: STREAMS.queue.name, subject, ...(upTo === undefined ? {} : { upTo }) });
}
