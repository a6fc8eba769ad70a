import type { Mutant } from '../mutant.ts';
import { ALIPAY } from './alipay.ts';
import { CORE } from './core.ts';
import { GATEWAY } from './gateway.ts';
import { LISTENERS } from './listeners.ts';
import { LUA } from './lua.ts';
import { LUA_RESERVE } from './lua-reserve.ts';
import { OUTSIDE } from './outside.ts';
import { PAYMENTS } from './payments.ts';
import { PROVIDERS } from './providers.ts';
import { SQL } from './sql.ts';
import { WAITING_ROOM } from './waiting-room.ts';
import { WORKER } from './worker.ts';
import { WORKER_ORDERS } from './worker-orders.ts';

/** Every planted fault, by area. Add a fault to its area's file, and its name to the invariant's section of docs/invariants.md. */
export const MUTANTS: readonly Mutant[] = [
  ...LUA_RESERVE,
  ...LUA,
  ...SQL,
  ...GATEWAY,
  ...CORE,
  ...PAYMENTS,
  ...ALIPAY,
  ...PROVIDERS,
  ...WORKER_ORDERS,
  ...WORKER,
  ...LISTENERS,
  ...WAITING_ROOM,
  ...OUTSIDE,
];
