import { type Nginx, type NginxOptions, startNginx, ThrowAwayFolder } from 'dev';
import { ensureNginx } from 'dev/nginx';
import { ANSWERS, type AnswerCode } from 'seckill-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type StubGateway, startStubGateway } from './stub-gateway.ts';

const INSTALL_WITHIN_MS = 10 * 60_000;
/** Tests send faster than any buyer. */
const unlimited = { 'limits.conf': (shipped: string) => shipped.replace('default 1;', 'default 0;') };
/** The gateways run in this process. If it stalls for seconds, nginx must not take them for dead. */
const patient = {
  'nginx.conf': (shipped: string) =>
    shipped.replace(/(client_\w+_timeout|proxy_(?:connect|send|read|next_upstream)_timeout) \d+s;/g, '$1 60s;'),
  'locations.conf': (shipped: string) => shipped.replace(/(proxy_cache_lock_(?:timeout|age)) \d+s;/g, '$1 60s;'),
};

export interface TestNginx {
  readonly home: ThrowAwayFolder;
  readonly one: StubGateway;
  readonly two: StubGateway;
  readonly nginx: Nginx;
  /** Starts nginx again, with other settings. */
  start(options?: Partial<NginxOptions>): Promise<void>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: string): Promise<Response>;
  /** The requests that reached the gateways. */
  seen(): StubGateway['seen'];
}

/** Call it at the top of a test file: a real nginx in front of two stub gateways, new for each test. Skips the tests if there is no nginx. */
export function useNginx(): TestNginx {
  let program: string | undefined;
  let home: ThrowAwayFolder | undefined;
  let parts: { one: StubGateway; two: StubGateway; nginx?: Nginx } | undefined;
  let names = 0;

  beforeAll(async () => {
    program = await ensureNginx(console.log);
    home = new ThrowAwayFolder('nginx');
  }, INSTALL_WITHIN_MS);
  beforeEach(async ({ skip }) => {
    skip(program === undefined, 'no nginx');
    const [one, two] = await Promise.all([startStubGateway(), startStubGateway()]);
    parts = { one, two };
    await on.start();
  });
  afterEach(async () => {
    await parts?.nginx?.stop();
    await Promise.all([parts?.one.close(), parts?.two.close()]);
    parts = undefined;
  });
  afterAll(() => home?.close());

  const there = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error('nginx and its gateways are there in a test, not before.');
    return part;
  };
  const on: TestNginx = {
    get home() {
      return there(home);
    },
    get one() {
      return there(parts).one;
    },
    get two() {
      return there(parts).two;
    },
    get nginx() {
      return there(there(parts).nginx);
    },
    async start(options = {}) {
      const { one, two, nginx } = there(parts);
      await nginx?.stop();
      const gatewayPorts = [one.port, two.port];
      const edit = { ...patient, ...(options.edit ?? unlimited) };
      const started = await startNginx(there(home), { gatewayPorts, name: `nginx-${names++}`, ...options, edit });
      parts = { one, two, nginx: started };
    },
    get: (path, headers = {}) => fetch(`${on.nginx.url}${path}`, { headers }),
    post: (path, body = '{"purchaseToken":"x"}') =>
      fetch(`${on.nginx.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    seen: () => [...on.one.seen, ...on.two.seen],
  };
  return on;
}

/** An answer of nginx's own, in the gateway's form. */
export async function expectProblem(response: Response, code: AnswerCode, detail = /./): Promise<void> {
  const { status, title } = ANSWERS[code];
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(response.status).toBe(status);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ code, status, title, detail: expect.stringMatching(detail), type: `/problems#${code}` });
  expect(body['requestId']).toMatch(/^[0-9a-f]{32}$/);
  if (!response.headers.has('retry-after')) return;
  expect(body['retryAfterMs']).toBeGreaterThanOrEqual(1_000);
  expect(Number(response.headers.get('retry-after'))).toBe(Math.ceil(Number(body['retryAfterMs']) / 1_000));
}
