import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { nginxConfiguration } from 'dev';
import { LONGEST_WAIT_MS, runJobWithinMs } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { expectProblem, useNginx } from './use-nginx.ts';

const SALE = '/api/sales/01991fb0-0000-7000-8000-000000000001';
const on = useNginx();

test('spreads requests over both gateways, on connections that it keeps open', async () => {
  for (let i = 0; i < 40; i += 1) await (await on.post('/api/reservations')).arrayBuffer();
  expect(on.one.seen.length).toBe(20);
  expect(on.two.seen.length).toBe(20);
  // Each nginx worker keeps separate connections.
  expect(on.one.connections()).toBeLessThan(10);
});

test('passes on the body, and the address that nginx saw instead of the one the client claims', async () => {
  await fetch(`${on.nginx.url}/api/reservations`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'x-forwarded-for': '6.6.6.6', 'x-request-id': 'mine', authorization: 'Bearer t' },
  });
  const [request] = on.seen();
  expect(request).toMatchObject({ method: 'POST', url: '/api/reservations', body: '{"a":1}' });
  expect(request?.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    authorization: 'Bearer t',
    // An operator's idempotency key.
    'x-request-id': 'mine',
  });
});

test("takes the buyer's address from a trusted load balancer, and from no other client", async () => {
  const trusting = (network: string) => ({
    'listen.conf': (shipped: string) =>
      shipped.replaceAll(/^# (set_real_ip_from|real_ip)/gm, '$1').replace('10.0.0.0/8', network),
  });
  const forwarded = async () => {
    await on.get('/api/orders', { 'x-forwarded-for': '6.6.6.6, 192.0.2.7' });
    return on.seen().at(-1)?.headers['x-forwarded-for'];
  };
  await on.start({ edit: trusting('127.0.0.0/8'), gatewayPorts: [on.one.port] });
  expect(await forwarded()).toBe('192.0.2.7');
  await on.start({ edit: trusting('10.0.0.0/8'), gatewayPorts: [on.one.port] });
  expect(await forwarded()).toBe('127.0.0.1');
});

describe('a gateway that dies', () => {
  test('while it handles a POST: the POST is never sent again, and the buyer gets UNAVAILABLE', async () => {
    for (const gateway of [on.one, on.two]) gateway.answer = (_request, _response, raw) => raw.socket.destroy();
    const response = await on.post('/api/reservations');
    await expectProblem(response, 'UNAVAILABLE');
    expect(response.headers.get('retry-after')).toMatch(/^[12]$/);
    expect(on.seen()).toHaveLength(1);
  });

  test('while it handles a GET: the other gateway answers it', async () => {
    on.one.answer = on.two.answer = (_request, response, raw) => {
      if (on.seen().length === 1) raw.socket.destroy();
      else response.end('{}');
    };
    expect((await on.get('/api/orders')).status).toBe(200);
    expect(on.seen()).toHaveLength(2);
  });

  test('before a request was sent to it: no buyer notices, and each POST reaches the other gateway exactly once', async () => {
    await on.two.close();
    const responses = await Promise.all(Array.from({ length: 30 }, () => on.post('/api/reservations')));
    expect(responses.map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(on.one.seen).toHaveLength(30);
  });

  test('together with the other: every request gets UNAVAILABLE', async () => {
    await Promise.all([on.one.close(), on.two.close()]);
    await expectProblem(await on.post('/api/reservations'), 'UNAVAILABLE');
    await expectProblem(await on.get(SALE), 'UNAVAILABLE');
  });
});

test('an operator waits longer for an audit than any other client for an answer', async () => {
  const shorter = (shipped: string) => shipped.replace('proxy_read_timeout 15s', 'proxy_read_timeout 100ms');
  await on.start({ edit: { 'nginx.conf': shorter } });
  let answer: () => void = () => {};
  on.one.answer = on.two.answer = (request, response) => {
    if (request.url?.startsWith('/api/admin/')) answer = () => void response.end('{}');
  };
  const audit = on.get('/api/admin/sales/x/audit');
  // nginx gives up on a buyer's call that began later.
  expect((await on.get('/api/orders')).status).toBe(503);
  answer();
  expect((await audit).status).toBe(200);
  // The shipped time is above the longest wait and what the gateway adds.
  const [, seconds] = /proxy_read_timeout (\d+)s/.exec(readFileSync(join(nginxConfiguration, 'locations.conf'), 'utf8')) ?? [];
  expect(Number(seconds) * 1_000).toBeGreaterThan(runJobWithinMs(LONGEST_WAIT_MS));
});

test('a live stream is passed on event by event, and may be silent for longer than any other answer', async () => {
  await on.start({ edit: { 'nginx.conf': (shipped) => shipped.replace('proxy_read_timeout 15s', 'proxy_read_timeout 100ms') } });
  let send: (text: string) => void = () => {};
  on.one.answer = on.two.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send = (text) => response.write(text);
    send('data: first\n\n');
  };
  const stream = await on.get('/api/reservations/x/live');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: first\n\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  send('data: second\n\n');
  expect((await reader?.read())?.value).toBe('data: second\n\n');
  await reader?.cancel();
});

test('the TLS example serves HTTP/2 with the same routes, and sends plain requests there', async () => {
  const { certificate, key } = makeCertificate(on.home.sub('tls'));
  const example = readFileSync(join(nginxConfiguration, 'tls.conf.example'), 'utf8');
  await on.start({
    more: ([secure, plain]) =>
      example
        .replace('listen 8443', `listen 127.0.0.1:${secure}`)
        .replace('listen 8080', `listen 127.0.0.1:${plain}`)
        .replace('tls/fullchain.pem', certificate)
        .replace('tls/privkey.pem', key),
  });
  const [secure, plain] = on.nginx.morePorts;
  const answer = await overHttp2(`https://127.0.0.1:${secure}`, '/api/orders');
  expect(answer).toMatchObject({ ':status': 200, 'strict-transport-security': 'max-age=31536000' });
  expect(on.seen()[0]?.headers['x-forwarded-proto']).toBe('https');
  const redirect = await fetch(`http://127.0.0.1:${plain}/sale/x`, { redirect: 'manual' });
  expect([redirect.status, redirect.headers.get('location')]).toEqual([301, 'https://127.0.0.1/sale/x']);
});

function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const subject = [
    '-subj',
    '/CN=shop.example',
    '-days',
    '1',
    '-nodes',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
  ];
  execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}

function overHttp2(url: string, path: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const session = connect(url, { rejectUnauthorized: false });
    session.on('error', reject);
    const request = session.request({ ':path': path });
    request.on('response', (headers) => resolve(headers));
    request.on('close', () => session.close());
    request.resume();
    request.end();
  });
}
