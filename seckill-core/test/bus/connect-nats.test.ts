import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { NatsConnection } from '@nats-io/transport-node';
import { startServers } from 'dev';
import { connectNats } from 'seckill-core';
import { expect, onTestFinished, test } from 'vitest';

const answers = (nc: NatsConnection): Promise<boolean> =>
  nc.rtt().then(
    () => true,
    () => false,
  );

test('a server that is away at the start is waited for, and one that goes away later is reconnected', async () => {
  const servers = await startServers({ nats: {} }, { label: 'connect' });
  onTestFinished(() => servers.stop());
  await servers.nats.stop();
  let connected = false;
  const connecting = connectNats(servers.nats.url, 'test').then((nc) => {
    connected = true;
    return nc;
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(connected).toBe(false);
  await servers.nats.restart();
  const nc = await connecting;
  onTestFinished(() => nc.close());

  await servers.nats.kill();
  await servers.nats.restart();
  await expect.poll(() => answers(nc)).toBe(true);
});

test('a refused password is an error, and is not retried for ever', async () => {
  const servers = await startServers({ nats: {} }, { label: 'connect' });
  onTestFinished(() => servers.stop());
  const wrong = new URL(servers.nats.url);
  wrong.password = 'wrong';
  await expect(connectNats(wrong.href, 'test')).rejects.toThrow('Authorization');
});

test('a server that keeps finding the client too slow is retried until it does not', async () => {
  const servers = await startServers({ nats: {} }, { label: 'connect' });
  onTestFinished(() => servers.stop());
  let turnsAway = 4;
  const proxy = createServer((client) => {
    if (turnsAway > 0) {
      turnsAway -= 1;
      client.on('error', () => undefined).end(`INFO {"version":"2.9.10"}\r\n-ERR 'Authentication Timeout'\r\n`);
      return;
    }
    const server = connect(servers.nats.port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from
        .on('error', () => undefined)
        .on('close', () => to.destroy())
        .pipe(to);
    }
  });
  onTestFinished(() => void proxy.close());
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(servers.nats.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const nc = await connectNats(url.href, 'test');
  onTestFinished(() => nc.close());

  turnsAway = 4;
  await nc.reconnect();
  await expect.poll(() => turnsAway).toBe(0);
  await expect.poll(() => answers(nc)).toBe(true);
});
