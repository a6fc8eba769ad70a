import { Type } from 'typebox';
import { ProviderNames } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** Between two of a worker's broadcasts, ms. */
export const SERVING_EVERY_MS = 1_000;

/** Sent every second by a worker that serves calls. If it stops coming, the worker is frozen or its host is lost, whatever NATS believes. */
export const workerServing = defineBroadcast(
  'worker-serving',
  Type.Object({
    workerId: Type.String({ pattern: '^[0-9a-z]{1,64}$' }),
    /** Those that it is configured for. Earlier versions don't say. */
    paymentProviders: Type.Optional(ProviderNames),
  }),
);
