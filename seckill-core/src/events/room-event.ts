import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { OrderId, SaleId } from '../domain/fields.ts';
import { UserId } from '../domain/user-id.ts';
import { defineBroadcast, defineEvent } from './define-event.ts';

const Lane = Type.Union([Type.Literal('n'), Type.Literal('p')]);
const Count = Type.Integer({ minimum: 0 });
const Instant = Type.Integer({ minimum: 0, description: "ms, Redis's clock" });
const Places = Type.Object({ from: Type.Integer({ minimum: 1 }), upTo: Type.Integer({ minimum: 1 }) });
const Shuffle = Type.Object({ count: Count, key: Type.String({ pattern: '^[0-9a-f]{64}$|^$' }) });

/**
 * What happened in a sale's waiting room, one message for each script call. The room is rebuilt from these messages if Redis loses it, and the
 * audit reads them. A message has one of the optional fields, or several.
 */
export const roomEvent = defineEvent({
  name: 'room-event',
  schema: Type.Object({
    saleId: SaleId,
    /** Grows with each rebuild. A message of another epoch than that of the latest `rebuilt` before it is void, except for `used`. */
    epoch: Type.Integer({ minimum: 0 }),
    /** When the script ran. Of two tickets of a user, the later one counts. */
    at: Instant,
    /** `[userId, lane, number, entryId]` of each ticket that was answered. The entry id is empty for one that came after entries closed. */
    joined: Type.Optional(
      Type.Array(Type.Tuple([UserId, Lane, Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[A-Za-z0-9_-]{12}$|^$' })])),
    ),
    /** Places that got their turn. */
    served: Type.Optional(Type.Object({ n: Type.Optional(Places), p: Type.Optional(Places) })),
    /** `[userId, lane, number, place, until]` of each turn that was taken up, and the places served by then. */
    taken: Type.Optional(
      Type.Array(Type.Tuple([UserId, Lane, Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 }), Instant])),
    ),
    watermark: Type.Optional(Type.Object({ n: Count, p: Count })),
    /** `[userId, reservationId]` of each user who won. */
    used: Type.Optional(Type.Array(Type.Tuple([UserId, OrderId]))),
    /** Entries are closed: how many there are in each lane, and the key of the lane's shuffle, empty without entries. */
    closed: Type.Optional(Type.Object({ n: Shuffle, p: Shuffle })),
    /** A worker begins this epoch, and has read all messages before this one. */
    rebuilt: Type.Optional(Type.Literal(true)),
  }),
  subjects: 'seckill.queue.*',
  subject: ({ saleId }: { saleId: string }) => `seckill.queue.${saleId}`,
  // A repeated POST publishes the same ticket again, which changes nothing, so only an equal message may be taken for a duplicate.
  messageId: (event) => `room:${hash('sha1', JSON.stringify(event))}`,
});
export type RoomEvent = Static<typeof roomEvent.schema>;

/** A gateway met a room that Redis does not know: a worker rebuilds it. */
export const roomUnknown = defineBroadcast('room-unknown', Type.Object({ saleId: SaleId }));

/** A gateway gave turns, or a worker has rebuilt the room: the other gateways read it at once. */
export const roomChanged = defineBroadcast('room-changed', Type.Object({ saleId: SaleId }));
