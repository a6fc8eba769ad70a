import { type Static, Type } from 'typebox';
import { ITEM_ID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

const Count = Type.Integer({ minimum: 0 });
/** Answers to `POST /api/reservations` since the process began, by outcome. */
const Answers = Type.Record(Type.String(), Count);

export const PULSE_SUBJECT = 'seckill.broadcast.pulse';

/** Core NATS, twice a second from every process: how it does. Counts only grow, so one that is missed is made up for by the next. */
export const processPulse = defineEvent({
  name: 'process-pulse',
  schema: Type.Object({
    process: Type.Union([Type.Literal('gateway'), Type.Literal('order-worker')]),
    /** New with every start. */
    processId: Type.String({ minLength: 1, maxLength: 64 }),
    startedAt: Type.Integer({ description: "ms, the process's own clock" }),
    /** Processor time since the last pulse, in cores. */
    cpu: Type.Number({ minimum: 0 }),
    /** Share of the time in which the event loop had work, 0 to 1. */
    busy: Type.Number({ minimum: 0, maximum: 1 }),
    rssBytes: Count,
    gateway: Type.Optional(
      Type.Object({
        answers: Answers,
        /** Answers by how long they took, ends as in the metric `seckill_gateway_answer_seconds`: winners, and everybody else. */
        latencyWon: Type.Array(Count),
        latencyOthers: Type.Array(Count),
        /** The same answers by item, of items that were asked for lately. */
        items: Type.Record(Type.String({ pattern: ITEM_ID_PATTERN }), Answers),
        openStreams: Count,
      }),
    ),
  }),
  subject: () => PULSE_SUBJECT,
  messageId: (pulse) => pulse.processId,
});
export type ProcessPulse = Static<typeof processPulse.schema>;
