import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { expectProblem, useNginx } from './use-nginx.ts';

const on = useNginx();

describe("nginx's own errors are problem+json with a code from the table of answers", () => {
  test('a body that is too large', async () => {
    await expectProblem(await on.post('/api/reservations', 'x'.repeat(20_000)), 'VALIDATION_FAILED', /^body is larger/);
    await expectProblem(await on.post('/api/admin/sales', 'x'.repeat(300_000)), 'VALIDATION_FAILED', /^body is larger/);
    expect(on.seen()).toHaveLength(0);
    expect((await on.post('/api/admin/sales', 'x'.repeat(200_000))).status).toBe(200);
  });
  test('headers that are too large', async () => {
    await expectProblem(await on.get('/api/orders', { cookie: 'x'.repeat(20_000) }), 'VALIDATION_FAILED');
  });
  test('a request that is not HTTP', async () => {
    const answer = await rawRequest(on.nginx.port, 'GET / HTTP/1.1\r\nno colon\r\nhost: a\r\nhost: b\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"VALIDATION_FAILED"');
  });
  test('whatever else is malformed: 4xx, never 500, never HTML', async () => {
    const get = (line: string, ...headers: string[]) => `${[line, ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`;
    const post = (...headers: string[]) => get('POST /api/reservations HTTP/1.1', 'Host: x', ...headers);
    const requests = {
      'no method': get(' / HTTP/1.1', 'Host: x'),
      'a method in lower case': get('get / HTTP/1.1', 'Host: x'),
      'a method with a control character': get('GE\x01T / HTTP/1.1', 'Host: x'),
      'an unknown version': get('GET / HTTP/9.9', 'Host: x'),
      'no version number': get('GET / HTTP/x', 'Host: x'),
      'no host': get('GET / HTTP/1.1'),
      'two hosts': get('GET / HTTP/1.1', 'Host: a', 'Host: b'),
      'a bad host': get('GET / HTTP/1.1', 'Host: a/../b'),
      'an undecodable path': get('GET /%zz HTTP/1.1', 'Host: x'),
      'a NUL in the path': get('GET /a\0b HTTP/1.1', 'Host: x'),
      'a NUL in a header': get('GET / HTTP/1.1', 'Host: x', 'X: a\0b'),
      'an absolute URL': get('GET http://x/ HTTP/1.1', 'Host: x'),
      'no path': get('GET * HTTP/1.1', 'Host: x'),
      'a path that is too long': get(`GET /${'x'.repeat(40_000)} HTTP/1.1`, 'Host: x'),
      'headers that are too large': get('GET / HTTP/1.1', 'Host: x', `X: ${'x'.repeat(40_000)}`),
      'a bad length': post('Content-Length: x'),
      'a negative length': post('Content-Length: -1'),
      'two lengths': post('Content-Length: 1', 'Content-Length: 2'),
      'a length and chunks': post('Content-Length: 1', 'Transfer-Encoding: chunked'),
      'an unknown transfer encoding': post('Transfer-Encoding: zip'),
      'bad chunks': `${post('Transfer-Encoding: chunked')}zz\r\n`,
      TRACE: get('TRACE / HTTP/1.1', 'Host: x'),
      CONNECT: get('CONNECT x:80 HTTP/1.1', 'Host: x'),
    };
    const problems = { 400: 'VALIDATION_FAILED', 405: 'METHOD_NOT_ALLOWED' } as const;
    for (const [what, request] of Object.entries(requests)) {
      const answer = await rawRequest(on.nginx.port, request);
      const status = Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]);
      const code = problems[status as keyof typeof problems];
      expect([what, status, code]).toEqual([
        what,
        expect.toSatisfy((given) => given === 400 || given === 405),
        expect.any(String),
      ]);
      expect(answer, what).toMatch(/content-type: application\/problem\+json/i);
      expect(answer, what).toMatch(/x-content-type-options: nosniff/i);
      expect(answer, what).toContain(`"code":"${code}"`);
    }
    // HTTP/0.9 has neither a status nor headers.
    expect(await rawRequest(on.nginx.port, 'GET /\r\n')).toContain('"code":"VALIDATION_FAILED"');
    expect(on.seen()).toEqual([]);
  });
  test('a path that ends like a page', async () => {
    await Promise.all([on.one.close(), on.two.close()]);
    await expectProblem(await on.get('/favicon.html'), 'UNAVAILABLE');
  });
  test('metrics, which only the inside may read', async () => {
    await expectProblem(await on.get('/metrics'), 'NOT_FOUND');
    expect(on.seen()).toHaveLength(0);
  });
  test("a gateway's answers pass through unchanged", async () => {
    on.one.answer = on.two.answer = (_request, response) => response.writeHead(409).end('{"code":"SOLD_OUT"}');
    const response = await on.post('/api/reservations');
    expect([response.status, await response.text()]).toEqual([409, '{"code":"SOLD_OUT"}']);
  });
});

test('every answer has security headers, once each: data, cached answers, errors, and pages with their own', async () => {
  const own = {
    'content-security-policy': "script-src 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin',
  };
  on.one.answer = on.two.answer = ({ url }, response) => response.writeHead(200, url === '/' ? own : {}).end('{}');
  const other = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'referrer-policy': 'no-referrer' };
  const paths = [
    '/',
    '/',
    '/api/sales',
    '/api/sales',
    '/api/orders',
    '/assets/a.js',
    '/nginx/healthz',
    '/metrics',
    '/x//y',
    '/api/admin/live',
  ];
  for (const path of paths) {
    const { headers } = await on.get(path);
    const expected = { ...own, ...(path === '/' ? {} : other) };
    expect([path, Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]))]).toEqual([path, expected]);
  }
  await Promise.all([on.one.close(), on.two.close()]);
  expect((await on.get('/api/orders')).headers.get('x-content-type-options')).toBe('nosniff');
});

function rawRequest(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    // Not ended: for nginx a client that closes its side has left.
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    // nginx resets the connection if it has not read all of the request.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
