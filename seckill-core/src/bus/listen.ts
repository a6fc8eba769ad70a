import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import type { Event } from '../events/define-event.ts';
import type { Log } from '../process/log.ts';

/** Calls `handle` with every such event that arrives over core NATS. An unreadable message is dropped; `log` receives the first one. */
export function listen<Schema extends TSchema>(
  nc: NatsConnection,
  event: Pick<Event<Schema>, 'name' | 'schema' | 'subjects' | 'decode'>,
  handle: (value: Static<Schema>) => void,
  log?: Pick<Log, 'warn'>,
): Subscription {
  let warned = false;
  const read = (data: Uint8Array): Static<Schema> | undefined => {
    try {
      return event.decode(data);
    } catch (error) {
      if (!warned) log?.warn({ reason: (error as Error).message, event: event.name }, 'a broadcast could not be read');
      warned = true;
      return undefined;
    }
  };
  return nc.subscribe(event.subjects, {
    callback: (error, message) => {
      const value = error === null ? read(message.data) : undefined;
      if (value !== undefined) handle(value);
    },
  });
}
