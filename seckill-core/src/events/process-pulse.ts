import { type Static, Type } from 'typebox';
import { Count, ItemId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** Answers to `POST /api/reservations`, by outcome. */
const Answers = Type.Record(Type.String(), Count);

/** Sent twice a second by every process while a console is open: how it does. */
export const processPulse = defineBroadcast(
  'pulse',
  Type.Object({
    process: Type.Union([Type.Literal('gateway'), Type.Literal('order-worker')]),
    /** New with every start. */
    processId: Type.String({ minLength: 1, maxLength: 64 }),
    startedAt: Type.Integer({ description: "ms, the process's own clock" }),
    /** Processor time since the last pulse, or since the start, in cores. */
    cpu: Type.Number({ minimum: 0 }),
    /** Share of the time in which the event loop had work, 0 to 1. */
    busy: Type.Number({ minimum: 0, maximum: 1 }),
    rssBytes: Count,
    gateway: Type.Optional(
      Type.Object({
        /** Since the process began. They only grow, so the next pulse makes up for a missed one. */
        answers: Answers,
        /** Answers by how long they took, in the buckets of the metric `seckill_gateway_answer_seconds`: winners, and all others. */
        latencyWon: Type.Array(Count),
        latencyOthers: Type.Array(Count),
        /** Answers since the last pulse, for the items that had any. */
        grown: Type.Record(ItemId, Answers),
        openStreams: Count,
      }),
    ),
  }),
);
export type ProcessPulse = Static<typeof processPulse.schema>;
