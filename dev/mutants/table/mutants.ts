import type { Mutant } from '../mutant.ts';
import { GATEWAY } from './gateway.ts';
import { ORDERS } from './orders.ts';
import { STOCK } from './stock.ts';

/** Every planted fault, by area. A new one is an entry in its area's file, and its name in the invariant's section of docs/invariants.md. */
export const MUTANTS: readonly Mutant[] = [...STOCK, ...ORDERS, ...GATEWAY];
