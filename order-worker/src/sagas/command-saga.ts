import { type commandSagaRequest, Problem } from 'seckill-core';
import type { Prisma, PrismaClient, Saga as SagaRow } from 'seckill-prisma';
import type { Static } from 'typebox';
import { type HistoryEntry, nextStep, type Standing, settle } from './progress.ts';
import type { Saga } from './saga.ts';
import { turnBack } from './saga-listener.ts';

type Command = Static<typeof commandSagaRequest>;

const BY_OPERATOR = 'by an operator';

/**
 * Tries the present step of an order's saga at once, skips it, or lets the saga turn back. What a worker is doing at that moment is done again or undone,
 * under the same keys. Throws NOT_FOUND and WRONG_SAGA_STATE.
 */
export async function commandSaga(
  prisma: PrismaClient,
  saga: Saga | undefined,
  { orderId, command, step }: Command,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<Pick<SagaRow, 'name' | 'state' | 'step' | 'steps'>[]>`
      SELECT name, state::text AS state, step, steps FROM sagas WHERE order_id = ${orderId}::uuid FOR NO KEY UPDATE`;
    if (row === undefined) throw new Problem('NOT_FOUND', `Order ${orderId} has no saga.`);
    if (saga === undefined || row.name !== saga.name) {
      throw new Problem('WRONG_SAGA_STATE', `This worker does not run saga ${row.name}. Set SAGAS=${row.name} for every worker.`);
    }
    if (command === 'compensate') return turnBack(tx, saga, [orderId], BY_OPERATOR);
    if (row.step === null) throw new Problem('WRONG_SAGA_STATE', `The saga of order ${orderId} has ended: it is ${row.state}.`);
    const standing: Standing = { state: row.state, steps: row.steps as unknown as Standing['steps'] };
    const present = nextStep(saga, standing)?.name ?? row.step;
    if (command === 'retry')
      return goOn(tx, orderId, saga, standing, {
        at: new Date().toISOString(),
        what: 'retried',
        step: present,
        note: BY_OPERATOR,
      });
    if (step !== present) {
      throw new Problem('WRONG_SAGA_STATE', `The saga of order ${orderId} is at step ${present}, and you asked to skip ${step}.`);
    }
    const [next, entry] = settle(saga, standing, present, { is: 'skipped', note: BY_OPERATOR }, new Date().toISOString());
    await goOn(tx, orderId, saga, next, entry);
  });
}

/** A new version makes the outcome of a worker void that has the saga. */
async function goOn(
  tx: Prisma.TransactionClient,
  orderId: string,
  saga: Saga,
  standing: Standing,
  entry: HistoryEntry,
): Promise<void> {
  const step = nextStep(saga, standing)?.name ?? null;
  await tx.$executeRaw`
    UPDATE sagas
    SET state = ${standing.state}::saga_state, step = ${step}, steps = ${JSON.stringify(standing.steps)}::jsonb,
      history = history || ${JSON.stringify([entry])}::jsonb, version = version + 1, attempts = 0, next_try_at = clock_timestamp(), failing_since = NULL,
      stuck_at = NULL, last_error = NULL, ended_at = CASE WHEN ${step}::text IS NULL THEN clock_timestamp() END
    WHERE order_id = ${orderId}::uuid AND name = ${saga.name}`;
}
