import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Client } from 'pg';
import { isOutage } from 'seckill-core';
import { expect, test } from 'vitest';

test('a PostgreSQL that accepts the connection and never answers is away: an outage, not a fault', async () => {
  const frozen = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(frozen, 'listening');
  const { port } = frozen.address() as AddressInfo;
  const client = new Client({ host: '127.0.0.1', port, user: 'seckill', database: 'seckill', connectionTimeoutMillis: 200 });
  client.on('error', () => undefined);
  const error = await client.connect().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  frozen.close();
  expect((error as Error).message).toBe('timeout expired');
  expect(isOutage(error)).toBe(true);
  expect(isOutage(new Error('The bucket’s timeout expired early, says a program.'))).toBe(false);
});
