import type { NatsConnection } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import type { Event } from '../events/define-event.ts';

/** Sends an event to every listener over core NATS. It is lost if the server is away, and dropped if the connection is closed. */
export function broadcast<Schema extends TSchema>(nc: NatsConnection, event: Event<Schema>, value: Static<Schema>): void {
  if (!nc.isClosed()) nc.publish(event.subject(value), Buffer.from(event.encode(value)));
}
