import { createServer, type Socket } from 'node:net';
import type { Log } from 'seckill-core';
import { expect, test } from 'vitest';
import { connectRedis } from '../../src/servers/connect-redis.ts';

test('a Redis that accepts connections and never answers is reported once, with its address and without the password', async () => {
  const sockets: Socket[] = [];
  const blackHole = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
  const { port } = blackHole.address() as { port: number };
  const lines: { fields: object; message: string }[] = [];
  const write = (fields: object, message: string) => void lines.push({ fields, message });
  const log: Log = { info: write, warn: write, error: write };

  const redis = connectRedis(`redis://shop:secret@127.0.0.1:${port}`, log, 50);
  await expect.poll(() => sockets.length, { timeout: 30_000 }).toBeGreaterThan(2);
  redis.disconnect();
  for (const socket of sockets) socket.destroy();
  blackHole.close();
  expect(lines).toEqual([
    {
      fields: { server: `127.0.0.1:${port}`, reason: expect.stringMatching(/does not answer within 50 ms/) },
      message: 'Redis is away; retrying until it is back',
    },
  ]);
});
