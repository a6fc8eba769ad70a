import { type Static, Type } from 'typebox';
import { IsoTime, OrderId } from '../domain/fields.ts';

const StepName = Type.String({ pattern: '^[a-z-]{1,32}$', description: 'the name of a step' });

const SagaState = Type.Enum(['RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED'], {
  description: 'COMPENSATING: it turned back and undoes its steps. COMPLETED and COMPENSATED are its ends',
});

/** The chain of steps that follows a paid order, as the operator sees it. */
export const SagaView = Type.Object({
  name: Type.String(),
  state: SagaState,
  step: Type.Optional({ ...StepName, description: 'the one that is being done, or undone; missing if the saga has ended' }),
  attempts: Type.Integer({ description: 'of the present step' }),
  nextTryAt: Type.Optional(IsoTime),
  stuckSince: Type.Optional({ ...IsoTime, description: 'the step has failed for minutes; it is retried, and waits for you' }),
  lastError: Type.Optional(Type.String({ description: 'why the step is tried again' })),
  steps: Type.Array(
    Type.Object({
      name: StepName,
      state: Type.Enum(['UNDER_WAY', 'DONE', 'SKIPPED', 'REFUSED', 'BEGUN', 'UNDONE', 'KEPT'], {
        description:
          'BEGUN: the saga turned back when it may have been tried. KEPT: it could not be undone, or an operator skipped its undo',
      }),
      at: Type.Optional(IsoTime),
      note: Type.Optional(Type.String({ description: 'such as the points, the code of the coupon, or why it was refused' })),
    }),
    { description: 'those that were begun' },
  ),
  createdAt: IsoTime,
  endedAt: Type.Optional(IsoTime),
});
export type SagaView = Static<typeof SagaView>;

export const SAGA_COMMANDS = ['retry', 'skip', 'compensate'] as const;
export const SagaSkip = Type.Object({
  step: { ...StepName, description: 'the present step, as you saw it: if it has changed, nothing is skipped' },
});

export const commandSagaRequest = Type.Object({
  orderId: OrderId,
  command: Type.Enum(SAGA_COMMANDS),
  /** Goes with `skip`. */
  step: Type.Optional(StepName),
});

/** A saga with a step that fails, and that an operator should look at. */
export const StuckSaga = Type.Object({
  orderId: OrderId,
  state: SagaState,
  step: Type.String(),
  stuckSince: IsoTime,
  lastError: Type.String(),
});
