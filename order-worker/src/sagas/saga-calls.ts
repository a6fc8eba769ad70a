import type { calls, RpcHandler } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { adminOrder } from '../orders/admin-order.ts';
import { commandSaga } from './command-saga.ts';
import { listStuck } from './saga-view.ts';
import type { Sagas } from './start-sagas.ts';

export type SagaCalls = 'commandSaga' | 'listStuckSagas';
type Handlers = { [Kind in SagaCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };

/** What operators do with sagas. */
export function sagaCalls({ prisma }: { prisma: PrismaClient }, sagas: Pick<Sagas, 'saga' | 'wake'> | undefined): Handlers {
  return {
    commandSaga: async (command) => {
      await commandSaga(prisma, sagas?.saga, command);
      sagas?.wake();
      return adminOrder(prisma, command.orderId);
    },
    listStuckSagas: (listing) => listStuck(prisma, listing),
  };
}
