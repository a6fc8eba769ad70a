import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics } from '../../src/index.ts';
import { type MetricsServer, serveMetrics } from '../../src/telemetry/serve-metrics.ts';

let server: MetricsServer;
let waitingFor: string[];
const metrics = createMetrics();

beforeEach(async () => {
  waitingFor = [];
  server = await serveMetrics({ host: '127.0.0.1', port: 0 }, metrics, async () => ({
    ready: waitingFor.length === 0,
    waitingFor,
  }));
});
afterEach(() => server.stop());

const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

test('the worker is ready only while no server is away, and says which one it waits for', async () => {
  expect((await get('/readyz')).status).toBe(200);
  waitingFor.push('redis');
  const answer = await get('/readyz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ ready: false, waitingFor: ['redis'] });
  expect((await get('/healthz')).status).toBe(200);
});

test('metrics are served for Prometheus, and nothing else is served', async () => {
  metrics.ordersCreated.inc(3);
  const text = await (await get('/metrics')).text();
  expect(text).toContain('seckill_orders_created_total 3');
  expect(text).toContain('seckill_deadline_lateness_seconds_bucket');
  expect((await get('/')).status).toBe(404);
});
