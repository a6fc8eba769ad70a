import { type Static, Type } from 'typebox';
import { defineRpc } from '../../bus/rpc.ts';
import { Count, IsoTime } from '../../domain/fields.ts';
import { UserId } from '../../domain/user-id.ts';
import { MOST_KEYS, ServiceKey, WRITE_MS } from './service-key.ts';

const Award = Type.Object({ key: ServiceKey, userId: UserId, points: Type.Integer({ minimum: 1 }) });
export type Award = Static<typeof Award>;

const AwardResult = Type.Object({
  key: ServiceKey,
  outcome: Type.Union([Type.Literal('awarded'), Type.Literal('taken-back')], {
    description: 'awarded: now or by an earlier call. taken-back: they were taken back under this key, and will not be awarded',
  }),
  points: Count,
});
export type AwardResult = Static<typeof AwardResult>;

const TakeBack = Type.Object({ key: ServiceKey, userId: UserId });
export type TakeBack = Static<typeof TakeBack>;

export const UserPoints = Type.Object({
  userId: UserId,
  balance: Count,
  entries: Type.Array(
    Type.Object({
      key: ServiceKey,
      points: Count,
      awardedAt: Type.Optional(IsoTime),
      takenBackAt: Type.Optional(IsoTime),
    }),
    { description: 'the newest 100' },
  ),
});
export type UserPoints = Static<typeof UserPoints>;

/**
 * What the points service answers. Calls that change something may be repeated, late and in any order: points are awarded once under a key, and not
 * after they were taken back.
 */
export const pointsCalls = {
  awardPoints: defineRpc(
    'award-points',
    Type.Object({ awards: Type.Array(Award, { maxItems: MOST_KEYS }) }),
    Type.Object({ results: Type.Array(AwardResult) }),
    WRITE_MS,
  ),
  /** Resolves when the points are gone. Points that were never awarded cannot be awarded under the key any more. */
  takeBackPoints: defineRpc(
    'take-back-points',
    Type.Object({ entries: Type.Array(TakeBack, { maxItems: MOST_KEYS }) }),
    Type.Object({}),
    WRITE_MS,
  ),
  readPoints: defineRpc('read-points', Type.Object({ userId: UserId }), UserPoints),
} as const;
