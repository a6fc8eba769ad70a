import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { useTestServers } from 'dev/test';
import { PUBLIC_EVENTS } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asyncApi } from '../../src/http/asyncapi.ts';
import { startGateways, type TestGateways } from '../support/gateways.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const isAsyncApi = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);

interface Document {
  channels: Record<string, { address: string }>;
  components: {
    schemas: Record<string, object>;
    messages: Record<string, { examples: { headers: Record<string, string>; payload: unknown[] }[]; headers: object }>;
  };
}

describe('/asyncapi.json', () => {
  let document: Document;

  beforeAll(async () => {
    document = (await on.call('GET', '/asyncapi.json')).body as Document;
  });

  test('is AsyncAPI 3.0, as its published schema says', () => {
    isAsyncApi(document);
    expect(isAsyncApi.errors).toBeNull();
    expect(isAsyncApi({ ...document, channels: { order: { adress: 'x' } } })).toBe(false);
  });

  test('has a channel for every event, and no reference that leads nowhere', () => {
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual(PUBLIC_EVENTS.map(({ address }) => address));
    const references = JSON.stringify(document).match(/(?<="\$ref":"#\/)[^"]+/g) ?? [];
    expect(references.length).toBeGreaterThan(3 * PUBLIC_EVENTS.length);
    const at = (path: string) =>
      path.split('/').reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], document);
    expect(references.filter((path) => at(path) === undefined)).toEqual([]);
  });

  test.each(PUBLIC_EVENTS.map(({ name }) => name))('has an example of %s that fits its schemas', (name) => {
    const { examples, headers } = document.components.messages[name] ?? { examples: [], headers: {} };
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(ajv.validate(headers, example.headers)).toBe(true);
      for (const event of example.payload) expect(ajv.validate(document.components.schemas[name] ?? {}, event)).toBe(true);
    }
  });

  test('names subjects and the stream as they are with NATS_PREFIX', () => {
    const blue = asyncApi('blue') as unknown as Document;
    expect(blue.channels['order.paid']?.address).toBe('blue.seckill.order.paid.{saleId}');
    expect(JSON.stringify(blue)).toContain('blue_SECKILL_ORDERS');
  });
});

test('/docs/events shows every event with its fields, and runs no script', async () => {
  const answer = await fetch(`${on.gateways[0]?.url}/docs/events`);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^' ]+'$/);
  const page = await answer.text();
  expect(PUBLIC_EVENTS.filter(({ name, type }) => !page.includes(`id="${name}"`) || !page.includes(type))).toEqual([]);
  expect(page).toContain('<td><code>refund.insteadOf</code></td>');
  expect(page).not.toContain('<script');
});
