import { createServer, type Server, type Socket } from 'node:net';
import { HttpClient, NoAnswer } from 'simulation';
import { afterEach, expect, test } from 'vitest';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A server that does with each request what the test says; `request` is its number from 1. */
async function serve(answer: (socket: Socket, request: number, text: string) => void) {
  let requests = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      requests += 1;
      answer(socket, requests, data.toString());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, connections: () => connections };
}

function client(options = {}) {
  const made = new HttpClient(options);
  open.push(made);
  return made;
}

const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (url: string) => ({ method: 'GET', url }) as const;

test('many requests share few connections, and each gets its own answer', async () => {
  const { url, connections } = await serve((socket, _, text) => {
    const path = /^GET (\S+)/.exec(text)?.[1] ?? '';
    setTimeout(() => socket.write(ok(path)), Math.random() * 3);
  });
  const http = client({ connections: 5 });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => http.request(get(`${url}/${i}`))));
  expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 200 }, (_, i) => `/${i}`));
  expect(connections()).toBe(5);
});

test('a body that arrives byte by byte, with letters of several bytes, is put together', async () => {
  const { url } = await serve(async (socket) => {
    for (const byte of Buffer.from(ok('{"title":"Füße"}'))) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
  });
  expect((await client().request(get(url))).body).toBe('{"title":"Füße"}');
});

test('chunked bodies, interim answers and bodies that end with the connection are understood', async () => {
  const { url } = await serve((socket, request) => {
    if (request === 1) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
    if (request === 2) socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok('after')}`);
    if (request === 3) socket.end('HTTP/1.0 200 OK\r\n\r\nto the end');
  });
  const http = client({ connections: 1 });
  expect((await http.request(get(url))).body).toBe('abcde');
  expect((await http.request(get(url))).body).toBe('after');
  expect((await http.request(get(url))).body).toBe('to the end');
});

test('after "connection: close" the next request takes a new connection', async () => {
  const { url, connections } = await serve((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx'),
  );
  const http = client({ connections: 1 });
  for (let i = 0; i < 3; i += 1) expect((await http.request(get(url))).body).toBe('x');
  expect(connections()).toBe(3);
});

test('no server: NoAnswer, and the request was not carried out', async () => {
  // A port that no server is given by chance, unlike one that has just been let go.
  const fault = await client()
    .request(get('http://127.0.0.1:1'))
    .catch((error) => error);
  expect(fault).toBeInstanceOf(NoAnswer);
  expect(fault.sent).toBe(false);
});

test('a connection cut in the middle: NoAnswer, perhaps carried out; queued requests go on', async () => {
  const { url } = await serve((socket, request) => {
    if (request === 1) socket.destroy();
    else socket.write(ok('fine'));
  });
  const http = client({ connections: 1 });
  const [first, second] = await Promise.allSettled([http.request(get(url)), http.request(get(url))]);
  expect(first).toMatchObject({ status: 'rejected', reason: { name: 'NoAnswer', sent: true } });
  expect(second).toMatchObject({ status: 'fulfilled', value: { body: 'fine' } });
});

test('a request without an answer is given up after the time-out', async () => {
  const { url } = await serve(() => {});
  await expect(client({ timeoutMs: 100 }).request(get(url))).rejects.toThrow('no answer within 0.1 s');
});

test('closing the client rejects requests in flight and queued requests', async () => {
  const { url } = await serve(() => {});
  const http = client({ connections: 1 });
  const both = Promise.allSettled([http.request(get(url)), http.request(get(url))]);
  http.close();
  for (const each of await both) expect(each).toMatchObject({ status: 'rejected', reason: { name: 'NoAnswer' } });
  await expect(http.request(get(url))).rejects.toThrow(NoAnswer);
});
