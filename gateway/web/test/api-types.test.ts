import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { apiTypes } from '../tools/build/api-types.ts';
import { readOpenApi } from '../tools/build/read-openapi.ts';

test('the pages are written against the API that the gateway has: else run "npm run api -w seckill-web"', async () => {
  const path = fileURLToPath(new URL('../shared/api/operations.ts', import.meta.url));
  const biome = fileURLToPath(new URL('../../../node_modules/.bin/biome', import.meta.url));
  const made = apiTypes(await readOpenApi());
  const formatted = execFileSync(biome, ['format', `--stdin-file-path=${path}`], { input: made, encoding: 'utf8' });
  expect(readFileSync(path, 'utf8')).toBe(formatted);
});

test('every form of schema has its type', () => {
  const answer = (schema: object) =>
    apiTypes({
      paths: { '/api/x': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
    }).match(/answer: ([\s\S]*);\n {2}};/)?.[1];
  expect(answer({ type: 'integer' })).toBe('number');
  expect(answer({ anyOf: [{ const: 'A' }, { const: 'B' }, { type: 'null' }] })).toBe("'A' | 'B' | null");
  expect(answer({ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } })).toBe('(string | null)[]');
  expect(answer({ type: 'object', additionalProperties: { type: 'boolean' } })).toBe('Record<string, boolean>');
  expect(answer({ type: 'object', required: ['a'], properties: { a: { type: 'string' }, 'b-c': {} } })).toBe(
    "{\n      a: string;\n      'b-c'?: unknown;\n    }",
  );
});
