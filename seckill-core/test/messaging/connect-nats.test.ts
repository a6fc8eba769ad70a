import { startServers } from 'dev';
import { connectNats } from 'seckill-core';
import { expect, onTestFinished, test } from 'vitest';

test('a server that is away at the start is waited for, and one that goes away later is found again', async () => {
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
  await expect
    .poll(() =>
      nc.rtt().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test('a password that is refused is an error, and is not tried for ever', async () => {
  const servers = await startServers({ nats: {} }, { label: 'connect' });
  onTestFinished(() => servers.stop());
  const wrong = new URL(servers.nats.url);
  wrong.password = 'wrong';
  await expect(connectNats(wrong.href, 'test')).rejects.toThrow('Authorization');
});
