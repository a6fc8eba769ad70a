import { type Static, Type } from 'typebox';
import { Count, IsoTime } from '../domain/fields.ts';

export const SINK_PATTERN = '^[a-z][a-z0-9-]{0,49}$';
export const SinkName = Type.String({ pattern: SINK_PATTERN });

export const SINK_FROM_PATTERN = '^(beginning|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,16}(Z|[+-][0-9]{2}:[0-9]{2}))?)$';
/** Where a sink starts over. */
export const SinkFrom = Type.String({ pattern: SINK_FROM_PATTERN, description: 'beginning, a day, or a time (ISO 8601)' });

/** How far a sink of the data hub has come. */
export const SinkView = Type.Object({
  sink: SinkName,
  behind: { ...Count, description: 'messages of events that it has not read yet' },
  readsDatabase: Type.Boolean({
    description: 'whether it still reads older events from PostgreSQL, which `behind` does not count',
  }),
  events: { ...Count, description: 'events that it has received since it began' },
  movedAt: { ...IsoTime, description: 'when it last went on' },
  failures: { ...Count, description: 'in a row; 0 if the last try worked' },
  lastError: Type.Optional(Type.String({ description: 'why the last try failed' })),
});
export type SinkView = Static<typeof SinkView>;
