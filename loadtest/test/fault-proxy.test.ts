import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FaultProxy } from 'dev';
import { afterEach, beforeEach, expect, test } from 'vitest';

let echo: Server;
let proxy: FaultProxy;
let asked: string[];
const clients: Socket[] = [];

beforeEach(async () => {
  asked = [];
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      asked.push(chunk.toString());
      socket.write(chunk);
    });
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await FaultProxy.start();
  proxy.through(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.stop();
  echo.close();
});

async function dial(): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString();
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, heard: () => heard, closed };
}

test('passes both directions while nothing is wrong', async () => {
  const { socket, heard } = await dial();
  socket.write('hello');
  await once(socket, 'data');
  expect(heard()).toBe('hello');
});

test('half an answer arrives, then the connection breaks', async () => {
  const { socket, heard, closed } = await dial();
  proxy.halveAnswers(1);
  socket.write('12345678');
  await closed;
  expect(heard()).toBe('1234');
});

test('a swallowed answer was asked for and carried out', async () => {
  const { socket, heard, closed } = await dial();
  proxy.swallowAnswers(1);
  socket.write('take one');
  await closed;
  expect(asked).toEqual(['take one']);
  expect(heard()).toBe('');
});

test('what is stalled arrives after healing', async () => {
  const { socket, heard } = await dial();
  proxy.stall();
  socket.write('later');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard()).toBe('');
  proxy.heal();
  await once(socket, 'data');
  expect(heard()).toBe('later');
});

test('while it is away connections end at once, and after healing they stay', async () => {
  const before = await dial();
  proxy.goAway();
  await before.closed;
  await (await dial()).closed;
  proxy.heal();
  const after = await dial();
  after.socket.write('back');
  await once(after.socket, 'data');
  expect(after.heard()).toBe('back');
});

test('a silent connection passes nothing more and never ends, and new ones pass', async () => {
  const { socket, heard } = await dial();
  proxy.silence(() => 1);
  socket.write('the last');
  await expect.poll(() => asked).toEqual(['the last']);
  proxy.heal();
  socket.write('lost');
  const after = await dial();
  after.socket.write('new');
  await once(after.socket, 'data');
  expect(after.heard()).toBe('new');
  expect(heard()).toBe('');
  expect(asked).toEqual(['the last', 'new']);
  expect(socket.destroyed).toBe(false);
});

test('the server does not learn that a silent client has ended', async () => {
  let ended = false;
  echo.once('connection', (socket) =>
    socket.once('close', () => {
      ended = true;
    }),
  );
  const { socket, closed } = await dial();
  proxy.vanish();
  socket.destroy();
  await closed;
  proxy.heal();
  const after = await dial();
  after.socket.write('replaced');
  await once(after.socket, 'data');
  expect(ended).toBe(false);
});

test('connections go to another server once it leads', async () => {
  const other = createServer((socket) => socket.end('other'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  proxy.forwardTo((other.address() as AddressInfo).port);
  const { heard, closed } = await dial();
  await closed;
  expect(heard()).toBe('other');
  other.close();
});
