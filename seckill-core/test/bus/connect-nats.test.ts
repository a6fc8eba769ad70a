import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { nkeys } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/transport-node';
import { startServers } from 'dev';
import { connectNats, ensureStreams } from 'seckill-core';
import { expect, onTestFinished, test } from 'vitest';
import { natsWithConfig } from './nats-with-config.ts';

/** A claim as NATS signs it: https://docs.nats.io/reference/reference-protocols/nats-protocol/nats-jwt */
function natsJwt(signer: nkeys.KeyPair, subject: nkeys.KeyPair, nats: { type: string } & Record<string, unknown>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1_000);
  const ids = { jti: `${iat}-${nats.type}`, iss: signer.getPublicKey(), sub: subject.getPublicKey() };
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...ids, iat, name: nats.type, nats: { ...nats, version: 2 } })}`;
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`;
}

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

test('a server that accepts a connection and says nothing is given up, and tried again', async () => {
  const servers = await startServers({ nats: {} }, { label: 'connect' });
  onTestFinished(() => servers.stop());
  let silent = 4;
  const proxy = createServer((client) => {
    silent -= 1;
    client.on('error', () => undefined);
    if (silent >= 0) return;
    const server = connect(servers.nats.port, '127.0.0.1').on('error', () => undefined);
    client.pipe(server).pipe(client);
  });
  onTestFinished(() => void proxy.close());
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(servers.nats.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const nc = await connectNats(url.href, 'test', { handshakeMs: 500 });
  onTestFinished(() => nc.close());
  expect(silent).toBeLessThan(0);
  expect(await answers(nc)).toBe(true);
});

test('a credentials file signs in to a server with accounts, and may be replaced', async () => {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const limits = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true };
  const jetstream = { disk_storage: 1e9, mem_storage: 1e9, streams: -1, consumer: -1, max_bytes_required: true };
  const accountJwt = natsJwt(operator, account, { type: 'account', limits: { ...limits, ...jetstream } });
  const { port, folder } = await natsWithConfig(`operator: ${natsJwt(operator, operator, { type: 'operator' })}
resolver: MEMORY
system_account: ${system.getPublicKey()}
resolver_preload: {
  ${system.getPublicKey()}: ${natsJwt(operator, system, { type: 'account', limits })}
  ${account.getPublicKey()}: ${accountJwt}
}`);
  const credsFile = join(folder, 'shop.creds');
  const writeCreds = (signer: nkeys.KeyPair) => {
    const user = nkeys.createUser();
    const jwt = natsJwt(signer, user, { type: 'user', subs: -1, data: -1, payload: -1 });
    const seed = Buffer.from(user.getSeed()).toString();
    const part = (name: string, text: string) => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`;
    writeFileSync(credsFile, part('NATS USER JWT', jwt) + part('USER NKEY SEED', seed));
  };
  const url = `nats://127.0.0.1:${port}`;
  await expect(connectNats(url, 'test', { credsFile })).rejects.toThrow('NATS_CREDS names a file that cannot be read');

  writeCreds(account);
  const nc = await connectNats(url, 'test', { credsFile });
  onTestFinished(() => nc.close());
  // The account requires a limit in bytes of every stream.
  await ensureStreams(await jetstreamManager(nc));

  writeCreds(account);
  await nc.reconnect();
  await expect.poll(() => answers(nc)).toBe(true);

  writeCreds(nkeys.createAccount());
  await expect(connectNats(url, 'test', { credsFile })).rejects.toThrow('Authorization');
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
