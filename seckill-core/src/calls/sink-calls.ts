import { Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { SinkFrom, SinkName, SinkView } from './sink-views.ts';

/** What operators do with the sinks of the data hub. */
export const sinkCalls = {
  listSinks: defineRpc('list-sinks', Type.Object({}), Type.Object({ sinks: Type.Array(SinkView) })),
  /** Has a sink begin again. NOT_FOUND if it never began, VALIDATION_FAILED for a time that is none or is in the future. */
  restartSink: defineRpc('restart-sink', Type.Object({ sink: SinkName, from: SinkFrom }), SinkView),
} as const;
