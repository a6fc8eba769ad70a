import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpWarehouse } from 'order-worker';
import { newReservationId } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Downstream, startDownstream } from '../src/index.ts';

const secret = 'a secret of the test, long enough to sign';
const log = { error: console.error };
let folder: string;
let sandbox: Downstream;
let client: HttpWarehouse;

const start = () =>
  startDownstream({ host: '127.0.0.1', port: 0, stateFile: join(folder, 'books.jsonl'), warehouseSecret: secret, log });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warehouse-'));
  sandbox = await start();
  client = new HttpWarehouse({ url: sandbox.warehouseUrl, secret });
});
afterEach(async () => {
  client.close();
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

const shipment = (orderId = newReservationId('000001')) => ({
  shipmentId: orderId,
  orderId,
  saleId: '019b0000-0000-7000-8000-000000000001',
  userId: 'ada',
  lines: [{ itemId: '000001', title: 'Lamp', quantity: 2 }],
});
const byId = (a: { shipmentId: string }, b: { shipmentId: string }) => (a.shipmentId < b.shipmentId ? -1 : 1);
const soon = (ms = 10_000) => performance.now() + ms;
const faults = (value: object) =>
  fetch(`${sandbox.warehouseUrl}/faults`, { method: 'POST', body: JSON.stringify(value) }).then(({ status }) => status);

describe('the client of the worker and the stand-in of the warehouse', () => {
  test('agree on a shipment, which is one however often it is asked for', async () => {
    const wanted = shipment();
    expect(await client.request(wanted, soon())).toMatchObject({ state: 'accepted' });
    expect(await client.request(wanted, soon())).toMatchObject({ state: 'accepted' });
    const { shipmentId, saleId } = wanted;
    const asked = { shipmentId, saleId };
    const books = await fetch(`${sandbox.warehouseUrl}/shipments`).then((answer) => answer.json());
    expect(books).toEqual({ shipments: [{ ...asked, state: 'accepted', quantity: 2, requests: 2 }] });
  });

  test('agree on a refusal, which stays', async () => {
    expect(await faults({ refused: 1 })).toBe(200);
    const wanted = shipment();
    const refused = { state: 'refused', reason: 'The shelf is empty.' };
    expect(await client.request(wanted, soon())).toEqual(refused);
    await faults({});
    expect(await client.request(wanted, soon())).toEqual(refused);
    expect(await client.cancel(wanted.shipmentId, soon())).toMatchObject({ state: 'cancelled' });
  });

  test('agree on a decision that comes later', async () => {
    await faults({ pending: 1, pendingMs: 50 });
    const wanted = shipment();
    expect(await client.request(wanted, soon())).toMatchObject({ state: 'pending' });
    await expect.poll(() => client.request(wanted, soon())).toMatchObject({ state: 'accepted' });
  });

  test('agree on a cancellation, also of a shipment whose request comes later', async () => {
    const wanted = shipment();
    expect(await client.cancel(wanted.shipmentId, soon())).toMatchObject({ state: 'cancelled' });
    expect(await client.request(wanted, soon())).toMatchObject({ state: 'cancelled' });
    const another = shipment();
    await client.request(another, soon());
    expect(await client.cancel(another.shipmentId, soon())).toMatchObject({ state: 'cancelled' });
    expect(await client.request(another, soon())).toMatchObject({ state: 'cancelled' });
  });

  test.each([
    ['is away', { unavailable: true }],
    ['loses the request', { lost: 1 }],
    ['does not answer', { unanswered: 1 }],
  ])('fail together if the warehouse %s, and the same request succeeds later', async (_, value) => {
    await faults(value);
    const wanted = shipment();
    await expect(client.request(wanted, soon(300))).rejects.toThrow(/^The warehouse (did not answer|answered)/);
    await faults({});
    expect(await client.request(wanted, soon())).toMatchObject({ state: 'accepted' });
  });

  test('agree on the shipments of a sale, in pages', async () => {
    const wanted = Array.from({ length: 501 }, () => shipment());
    await Promise.all(wanted.map((each) => client.request(each, soon())));
    await client.request({ ...shipment(), saleId: '019b0000-0000-7000-8000-000000000002' }, soon());
    const first = await client.list(wanted[0]?.saleId ?? '', undefined, soon());
    const last = await client.list(wanted[0]?.saleId ?? '', first?.nextCursor, soon());
    expect(first?.shipments).toHaveLength(500);
    expect([...(first?.shipments ?? []), ...(last?.shipments ?? [])]).toEqual(
      wanted.map(({ shipmentId }) => ({ shipmentId, state: 'accepted', quantity: 2 })).toSorted(byId),
    );
    expect(last?.nextCursor).toBeUndefined();
  });

  test('agree on how a shipment stands, also if it is not known', async () => {
    await faults({ refused: 1 });
    const { shipmentId, ...rest } = shipment();
    expect(await client.find(shipmentId, soon())).toBeUndefined();
    await client.request({ shipmentId, ...rest }, soon());
    expect(await client.find(shipmentId, soon())).toEqual({
      shipmentId,
      state: 'refused',
      quantity: 2,
      reason: 'The shelf is empty.',
    });
  });

  test('refuse another signature', async () => {
    const stranger = new HttpWarehouse({ url: sandbox.warehouseUrl, secret: 'another one' });
    await expect(stranger.request(shipment(), soon())).rejects.toThrow('status 401');
    stranger.close();
  });
});

test('a warehouse that was restarted knows what it has answered', async () => {
  const wanted = shipment();
  await faults({ refused: 1 });
  await client.request(wanted, soon());
  await sandbox.stop();
  sandbox = await start();
  expect(sandbox.warehouse.all()).toMatchObject([{ shipmentId: wanted.shipmentId, state: 'refused' }]);
});

test('faults of another form are refused', async () => {
  expect(await faults({ refused: 2 })).toBe(400);
  expect(await faults({ sometimes: true })).toBe(400);
});
