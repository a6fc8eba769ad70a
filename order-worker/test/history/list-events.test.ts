import { jetstreamManager } from '@nats-io/jetstream';
import { calls, STREAMS } from 'seckill-core';
import { expect, test } from 'vitest';
import { usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

async function listAll(limit: number, filter: object): Promise<{ ids: string[]; pages: number; endCursor: string | undefined }> {
  const ids: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  for (;;) {
    const page = await on.platform.call(calls.listEvents, { limit, ...filter, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    ids.push(...page.events.map(({ id }) => id));
    pages += 1;
    if (page.nextCursor === undefined) return { ids, pages, endCursor: page.endCursor };
    cursor = page.nextCursor;
  }
}

test('pages of any size add up to the history', async () => {
  const { platform } = on;
  await platform.startWorker();
  const { saleId, ...sale } = await platform.openSale({ stock: 100 });
  await platform.win({ saleId, ...sale }, users(50));
  await platform.comesToRest();
  await (await jetstreamManager(platform.nc)).streams.purge(STREAMS.orders.name);
  await platform.win({ saleId, ...sale }, users(50, 'later'));
  await platform.comesToRest();
  for (const limit of [1, 7, 100]) {
    const { ids, pages } = await listAll(limit, { saleId });
    expect(new Set(ids).size).toBe(100);
    expect(pages).toBeGreaterThanOrEqual(100 / limit);
  }
  expect((await listAll(7, { from: 'beginning', type: 'cancelled' })).ids).toEqual([]);
  expect((await listAll(7, { from: 'now' })).ids).toEqual([]);
});

test('the last cursor leads to what has happened since', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 100 });
  const { endCursor = '' } = await listAll(100, { from: 'beginning' });
  await platform.win(sale, users(3));
  await platform.comesToRest();
  const { events } = await platform.call(calls.listEvents, { limit: 100, cursor: endCursor });
  expect(events.map(({ data }) => data['userId']).toSorted()).toEqual(users(3));
  expect(events[0]).toMatchObject({ specversion: '1.0', type: 'seckill.order.created.v1', data: { version: 0 } });
});

test('a time that is none, and a cursor that was made up, are refused', async () => {
  const { platform } = on;
  await platform.startWorker();
  const list = (request: object) => platform.call(calls.listEvents, { limit: 1, ...request });
  await expect(list({ from: '2026-13-41T10:00:00Z' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(list({ cursor: 'bm9uZQ' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});
