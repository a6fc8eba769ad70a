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

function rawRequest(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
