import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { providerApi } from '../provider-api.ts';
import { warehouseApi } from '../warehouse-api.ts';

test('the OpenAPI document of the HTTP provider is made from its schemas (if not: node --import tsx docs/write-service-apis.ts)', () => {
  expect(readFileSync(new URL('../payment-provider.openapi.yaml', import.meta.url), 'utf8')).toBe(providerApi());
});

test('the OpenAPI document of the warehouse is made from its schemas (if not: node --import tsx docs/write-service-apis.ts)', () => {
  expect(readFileSync(new URL('../warehouse.openapi.yaml', import.meta.url), 'utf8')).toBe(warehouseApi());
});
