import { calls, newId, readRoom } from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { expect, test } from 'vitest';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';
import { RoomGateway } from '../support/room-gateway.ts';

const on = usePlatform();

test('no message, answer, log or metric shows the seed of a shuffle before entries are closed', async () => {
  const { platform } = on;
  const said: string[] = [];
  // Everything that crosses NATS: calls and their answers, broadcasts, and what the streams store.
  platform.listen('>', (data) => said.push(Buffer.from(data).toString('latin1')));
  const log = (...parts: unknown[]) => void said.push(JSON.stringify(parts));
  const { context } = await platform.startWorker({ log: { info: log, warn: log, error: log }, auditEveryMs: 50 });
  const { saleId } = await platform.createSale({ admission: 'draw', startsInMs: 3_600_000 });
  const { drawSeed } = await platform.prisma.sale.findUniqueOrThrow({ where: { id: saleId } });
  const seed = drawSeed ?? '';
  expect(seed).toMatch(/^[0-9a-f]{64}$/);

  for (const command of ['publish', 'pause', 'resume'] as const) await platform.call(calls.commandSale, { saleId, command });
  await eventually(async () => (await readRoom(platform.redis, saleId)).runId !== undefined, 'the room open');
  const sale = await platform.call(calls.getSale, { saleId });
  await platform.call(calls.listSales, { limit: 100 });
  await platform.call(calls.addStock, { saleId, itemId: itemIdOf(sale), add: 1, requestId: newId() });
  await (await RoomGateway.of(platform, saleId)).join(['ann']);
  await platform.run('report', sale);
  await platform.run('audit', sale);
  await platform.redis.del(...Object.values(roomKeys(saleId)));
  await eventually(async () => (await readRoom(platform.redis, saleId)).runId !== undefined, 'the room known again');
  said.push(await context.metrics.registry.metrics());
  await platform.nc.flush();

  const { seedHash = '' } = sale.waitingRoom ?? {};
  expect(said.filter((text) => text.includes(seedHash)).length).toBeGreaterThan(3);
  expect(said.filter((text) => text.includes(seed))).toEqual([]);
});
