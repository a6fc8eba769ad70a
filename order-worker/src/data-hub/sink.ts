import type { OrderEvent } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static, TObject } from 'typebox';
import type { OrderFinder } from '../search/order-finder.ts';

/** Some of the order events, in order. */
export interface SinkBatch {
  /** Unique, and the same if the batch is written again. Only letters, digits and dashes. */
  name: string;
  events: readonly OrderEvent[];
}

/** A place outside PostgreSQL that receives every order event. */
export interface Sink {
  /** A batch is written when it has this many events, or when this time has passed since the last one. */
  mostEvents: number;
  everyMs: number;
  /**
   * Resolves once the batch is stored. It may be called again with the same name and the same events, after a crash or because it failed; then the outcome
   * is as after one call.
   */
  write(batch: SinkBatch): Promise<void>;
  /**
   * Makes the sink ready for the first batch: of all, or after an operator started it over. Events from `since` on follow, ms; 0 for all. It may be called
   * again if it failed, or if the worker died.
   */
  prepare?(run: { isAgain: boolean; since: number }): Promise<void>;
}

/** What the worker gives every sink. */
export interface SinkParts {
  prisma: Pick<PrismaClient, '$queryRawUnsafe'>;
}

/** What a sink's folder exports, as `sink` from `sinks/<name>/index.ts`. The module is read at every start, so it imports its packages in `create`. */
export interface SinkModule<Settings extends TObject = TObject> {
  /** The folder's name. Names its position too: never change it. */
  name: string;
  /** What it reads from the environment. A setting's `description` completes the sentence "NAME has to be …". */
  settings: Settings;
  isOn(values: Static<Settings>): boolean;
  /** Returns the faults of a combination of settings, one sentence each. Asked only if it is on. */
  faultsOf?(values: Static<Settings>): string[];
  /** It can only start over from the beginning of a day in UTC. Default: from any time. */
  startsOverByDay?: boolean;
  create(values: Static<Settings>, parts: SinkParts): Promise<Sink>;
  /** The search of orders in what the sink stores. Workers that have these settings use it, whether they feed the sink or not. */
  createFinder?(values: Static<Settings>): Promise<OrderFinder>;
}

/** Keeps the types of a module's settings together. */
export const defineSink = <Settings extends TObject>(module: SinkModule<Settings>): SinkModule<Settings> => module;
