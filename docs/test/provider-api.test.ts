import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { providerApi } from '../provider-api.ts';

test('the OpenAPI document of the HTTP provider is made from its schemas (if not: node --import tsx docs/write-provider-api.ts)', () => {
  expect(readFileSync(new URL('../payment-provider.openapi.yaml', import.meta.url), 'utf8')).toBe(providerApi());
});
