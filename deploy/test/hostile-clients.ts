import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { newReservationId } from 'seckill-core';

/** The attackers' address. Honest buyers have another one, as on the internet. */
const ADDRESS = '127.0.0.66';
const EVERY_MS = 10;

export interface Attack {
  /** How often each kind of request was answered with each status. */
  readonly statuses: Readonly<Record<string, Readonly<Record<number, number>>>>;
  stop(): void;
}

interface HostileRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

const KINDS: Record<string, (i: number) => HostileRequest> = {
  'another page for the cache': (i) => ({
    path: ['/console/../', '/console/..', '/x/%2e%2e/', '//', '/./', '/%2F'][i % 6] ?? '/',
  }),
  'a guess of the token, called a webhook': () => guess('/api/admin/sales/x%2f..%2f..%2f..%2fpayments%2fwebhook'),
  'a guess of the token': () => guess('/api/admin/overview'),
  'a long path': (i) => ({ path: i % 2 === 0 ? `/${'/'.repeat(7_000)}` : '/a'.repeat(1_000) }),
  'an unsigned purchase': () => ({
    method: 'POST',
    path: '/api/reservations',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ purchaseToken: `${newReservationId('00002a')}.mallory.9999999999.${'x'.repeat(43)}` }),
  }),
  'an unsigned webhook': () => ({ method: 'POST', path: '/api/payments/webhook', body: '{"eventId":"x"}' }),
  'a method that no address has': () => ({ method: 'PROPFIND', path: '/api/sales' }),
};

function guess(path: string): HostileRequest {
  return { path, headers: { authorization: `Bearer ${Math.random()}` } };
}

/** Sends every kind of hostile request in turn, a hundred a second, and opens `held` connections of each kind that is held open. */
export function attack(port: number, held: number): Attack {
  const statuses: Record<string, Record<number, number>> = {};
  const count = (kind: string, status: number) => {
    const of = statuses[kind] ?? {};
    of[status] = (of[status] ?? 0) + 1;
    statuses[kind] = of;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 20, localAddress: ADDRESS } as object);
  const kinds = Object.entries(KINDS);
  let sent = 0;
  const timer = setInterval(() => {
    const [kind, make] = kinds[sent % kinds.length] ?? [];
    if (kind === undefined || make === undefined) return;
    const { body, ...call } = make((sent - (sent % kinds.length)) / kinds.length);
    sent += 1;
    request({ host: '127.0.0.1', port, agent, ...call }, (answer) => {
      count(kind, answer.statusCode ?? 0);
      answer.resume();
    })
      .on('error', () => undefined)
      .end(body);
  }, EVERY_MS);
  const sockets = [
    ...hold(port, held, '', (status) => count('a silent connection', status)),
    ...hold(port, held, 'GET / HTTP/1.1\r\nHost: ', (status) => count('a slow header', status)),
    ...hold(port, held, slowBody('/api/payments/webhook'), (status) => count('a slow webhook', status)),
    ...hold(port, held, slowBody('/api/reservations'), (status) => count('a slow purchase', status)),
  ];
  return {
    statuses,
    stop() {
      clearInterval(timer);
      agent.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function slowBody(path: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{`;
}

/** Opens connections that send `text`, and never the rest. */
function hold(port: number, count: number, text: string, answered: (status: number) => void): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: ADDRESS }, () => socket.write(text));
    socket.once('data', (data) => answered(Number(data.toString().split(' ')[1])));
    return socket.on('error', () => undefined);
  });
}
