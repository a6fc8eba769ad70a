import { Problem } from 'seckill-core';
import { expect, test } from 'vitest';
import { CallBounds } from '../../src/links/call-bounds.ts';

const never = () => new Promise<never>(() => {});

test('a kind that is full refuses at once, and other kinds go on', async () => {
  const bounds = new CallBounds(2, 2);
  for (const user of ['a', 'b']) void bounds.run('start-payment', user, never);
  const refusal = await bounds.run('start-payment', 'c', never).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Problem);
  expect(refusal).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) });
  expect(await bounds.run('overview', undefined, async () => 'served')).toBe('served');
  expect(bounds.inFlight).toBe(2);
});

test('a user beyond their share is refused, and other users go on', async () => {
  const bounds = new CallBounds(100, 2);
  for (let i = 0; i < 2; i += 1) void bounds.run('get-order', 'greedy', never);
  await expect(bounds.run('get-order', 'greedy', never)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await bounds.run('get-order', 'modest', async () => 'served')).toBe('served');
});

test('a call that ends gives its place back, also if it fails', async () => {
  const bounds = new CallBounds(1, 1);
  await expect(bounds.run('get-order', 'a', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await bounds.run('get-order', 'a', async () => 'served')).toBe('served');
  expect(bounds.inFlight).toBe(0);
});
