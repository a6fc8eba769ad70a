import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { calls } from 'seckill-core';
import { expect, onTestFinished, test } from 'vitest';
import type { OrderListener } from '../../src/listeners/runner/order-listener.ts';
import { eventually, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const page = readFileSync(new URL('../../../docs/integrate.md', import.meta.url), 'utf8');

/** Saves the page's listener outside the tree, with the addresses of what it imports. */
function save(): string {
  const [, program = ''] = /```ts\n(\/\/ listeners\/first-order\/index\.ts\n[\s\S]*?)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'seckill-listener-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'index.ts');
  const listeners = new URL('../../src/listeners/', import.meta.url).href;
  writeFileSync(file, program.replaceAll("'../", `'${listeners}`).replace("'typebox'", `'${import.meta.resolve('typebox')}'`));
  return pathToFileURL(file).href;
}

test('the listener of docs/integrate.md acts on a paid order', async () => {
  const { platform } = on;
  const { listener } = (await import(save())) as {
    listener: { create(values: object, parts: object): Promise<OrderListener> };
  };
  const logged: object[] = [];
  const log = { info: (fields: object) => logged.push(fields) };
  await platform.startWorker({ listeners: [await listener.create({}, { log })] });
  const isThere = async () => (await platform.prisma.listenerPosition.count({ where: { listener: 'first-order' } })) === 1;
  await eventually(isThere, 'the listener listens');
  const sale = await platform.openSale({ stock: 1 });
  const [win] = await platform.win(sale, ['ann']);
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.prisma.order.count({ where: { id: orderId } })) === 1, 'the order');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'ann', orderId });
  await platform.reportPaid(orderId, paymentId);
  await eventually(() => logged.length === 1, 'the act');
  expect(logged).toEqual([{ eventId: `paid:${orderId}`, orderId }]);
});
