import { readFileSync } from 'node:fs';
import { PUBLIC_EVENTS } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { breaks, type Schema } from '../compare-schemas.ts';
import { eventSchemas } from '../events-schema.ts';

const promised = JSON.parse(readFileSync(new URL('../events.schema.json', import.meta.url), 'utf8'));

describe('the promise to programs that read the events', () => {
  test('no change breaks it', () => {
    expect(breaks(promised, eventSchemas())).toEqual([]);
  });

  test('it holds for every field that is published (if not: node --import tsx docs/write-events-schema.ts)', () => {
    expect(promised).toEqual(eventSchemas());
  });

  test('docs/events.md names every event', () => {
    const page = readFileSync(new URL('../events.md', import.meta.url), 'utf8');
    expect(PUBLIC_EVENTS.filter(({ name }) => !page.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
  });
});

const text = { type: 'string' };
const before: Schema = {
  type: 'object',
  required: ['id', 'kind', 'parts'],
  properties: {
    id: { type: 'string', pattern: '^a', minLength: 1, maxLength: 5, description: 'its id' },
    note: text,
    kind: { anyOf: [{ const: 'a' }, { const: 'b' }] },
    state: { enum: ['on', 'off'] },
    count: { type: 'integer', minimum: 0, maximum: 9 },
    parts: { type: 'array', items: { type: 'object', required: ['x'], properties: { x: text } } },
  },
};
const changed = (change: (schema: typeof before) => object): string[] => {
  const copy = JSON.parse(JSON.stringify(before)) as Schema;
  return breaks({ event: before }, { event: { ...copy, ...change(copy) } });
};
const field = (name: string, schema: object | undefined) =>
  changed(({ properties }) => ({ properties: { ...properties, [name]: schema } }));

describe('the comparison of schemas accepts', () => {
  test.each([
    ['no change', changed(() => ({}))],
    ['other words', field('id', { ...before.properties?.id, description: 'other words' })],
    ['a new optional field', field('extra', text)],
    ['a new field that is always there', changed(() => ({ required: [...(before.required ?? []), 'note'] }))],
    ['narrower limits', field('count', { type: 'integer', minimum: 1, maximum: 8 })],
    ['a new limit and a new pattern', field('note', { ...text, maxLength: 10, pattern: '^x' })],
    ['a new event', breaks({ event: before }, { event: before, another: before })],
  ])('%s', (_, found) => {
    expect(found).toEqual([]);
  });
});

describe('the comparison of schemas refuses', () => {
  test.each([
    ['an event that is gone', breaks({ event: before }, {}), 'event: the event is gone.'],
    ['a field that is gone', field('note', undefined), 'event.note: the field is gone.'],
    [
      'a field that may be missing from now on',
      changed(() => ({ required: ['id', 'parts'] })),
      'event.kind: the field was always there and may be missing now.',
    ],
    ['another type', field('note', { type: 'integer' }), 'event.note: type was "string" and is "integer".'],
    ['a lost type', field('note', {}), 'event.note: type was "string" and is not there.'],
    ['another pattern', field('id', { ...before.properties?.id, pattern: '^b' }), 'event.id: pattern was "^a" and is "^b".'],
    ['a longer text', field('id', { ...before.properties?.id, maxLength: 6 }), 'event.id: maxLength was 5 and is 6.'],
    ['no limit any more', field('count', { type: 'integer', minimum: 0 }), 'event.count: maximum was 9 and is not there.'],
    ['smaller numbers', field('count', { type: 'integer', minimum: -1, maximum: 9 }), 'event.count: minimum was 0 and is -1.'],
    ['a new value', field('state', { enum: ['on', 'off', 'odd'] }), 'event.state: the value "odd" is new.'],
    ['a value that is gone', field('kind', { anyOf: [{ const: 'a' }] }), 'event.kind: the value "b" is gone.'],
    ['values of another kind', field('state', text), 'event.state: its values were ["\\"on\\"","\\"off\\""] and are not there.'],
    [
      'a change inside of a list',
      field('parts', { type: 'array', items: { type: 'object', properties: { x: text } } }),
      'event.parts[].x: the field was always there and may be missing now.',
    ],
    ['a keyword that it does not know', field('note', { ...text, not: {} }), 'event.note: not was not there and is {}.'],
  ])('%s', (_, found, sentence) => {
    expect(found).toContain(sentence);
  });
});
