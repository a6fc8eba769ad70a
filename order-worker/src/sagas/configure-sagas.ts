import { type GivenSecret, HttpUrl, isDevelopment, readEnvironment, secretFaults, settings } from 'seckill-core';
import { Type } from 'typebox';
import type { ShopSettings } from './after-paid/shop.ts';

/** What switches sagas on. Nothing of it is needed without `SAGAS`. */
const Settings = Type.Object({
  SAGAS: Type.Optional(Type.Literal('after-paid', { description: '"after-paid", the only saga' })),
  SAGA_POINTS_PER_UNIT: Type.Integer({ minimum: 0, maximum: 1_000, default: 0, description: 'a number from 0 to 1000' }),
  SAGA_COUPON: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'at most 64 letters, digits, ".", "-" and "_"' }),
  ),
  SAGA_RETURN_UNITS: Type.Boolean({ default: true, description: 'true or false' }),
  WAREHOUSE_URL: Type.Optional(HttpUrl),
  WAREHOUSE_SECRET: Type.Optional(Type.String()),
  NODE_ENV: settings.NODE_ENV,
});

export interface SagaSettings extends ShopSettings {
  /** None: nothing is shipped. Requests are signed if there is a secret. */
  warehouse: { url: string; secret?: string | undefined } | undefined;
}

/** Returns the settings of the sagas, undefined if they are off, and every fault of these, one sentence each. */
export function readSagas(env: Readonly<Record<string, string | undefined>>): {
  sagas: SagaSettings | undefined;
  faults: string[];
} {
  const { values, faults } = readEnvironment(Settings, env);
  if (values.SAGAS === undefined) return { sagas: undefined, faults };
  const { WAREHOUSE_URL: url, WAREHOUSE_SECRET: secret } = values;
  const isReal = url !== undefined && !isDevelopment(values.NODE_ENV);
  const given: GivenSecret[] = [{ name: 'WAREHOUSE_SECRET', value: secret }];
  return {
    sagas: {
      pointsPerUnit: values.SAGA_POINTS_PER_UNIT,
      couponTemplate: values.SAGA_COUPON,
      returnsUnits: values.SAGA_RETURN_UNITS,
      warehouse: url === undefined ? undefined : { url, secret },
    },
    faults: isReal ? [...faults, ...secretFaults(given)] : faults,
  };
}
