import type { Mutant } from '../mutant.ts';

const createOrdersTest = 'order-worker/test/orders/create-orders.test.ts';

export const ORDERS: readonly Mutant[] = [
  {
    name: 'the items of a batch are not locked',
    invariant: 5,
    file: 'order-worker/src/orders/lock-items.sql',
    find: ' ORDER BY id FOR NO KEY UPDATE',
    replace: '',
    killer: { file: createOrdersTest, test: 'holds if two workers create orders of one user at the same moment' },
  },
  {
    name: 'a batch is acknowledged before what follows its commit',
    invariant: 2,
    file: 'order-worker/src/orders/consume-reservations.ts',
    find: "await Promise.all([announce(parts, 'created', orders)",
    replace: "void Promise.all([announce(parts, 'created', orders)",
    killer: { file: createOrdersTest, test: 'whose worker died after the commit is finished by its redelivery' },
  },
];
