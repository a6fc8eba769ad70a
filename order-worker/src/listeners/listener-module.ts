import type { Static, TObject } from 'typebox';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { OrderListener } from './runner/order-listener.ts';

/** What the worker gives every listener. */
export interface ListenerParts extends Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'> {
  /** The shop's address for buyers' browsers, without a slash at the end. */
  publicUrl: string;
}

/**
 * What a listener's folder exports, as `listener` from `listeners/<name>/index.ts`. The module is read at every start, so it imports what it needs only in
 * `create`.
 */
export interface ListenerModule<Settings extends TObject = TObject> {
  /** The folder's name. Names its position in the stream, too: never change it. */
  name: string;
  /** What it reads from the environment. A setting's `description` completes the sentence "NAME has to be …". */
  settings: Settings;
  /** Whether these settings switch it on. Default: it is always on. */
  isOn?(values: Static<Settings>): boolean;
  /** Returns the faults of a combination of settings, one sentence each. Asked only if it is on. */
  faultsOf?(values: Static<Settings>, isDevelopment: boolean): string[];
  create(values: Static<Settings>, parts: ListenerParts): Promise<OrderListener>;
}

/** Keeps the types of a module's settings together. */
export const defineListener = <Settings extends TObject>(module: ListenerModule<Settings>): ListenerModule<Settings> => module;
