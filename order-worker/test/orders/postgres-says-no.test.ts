import { Client } from 'pg';
import { calls, type Log, newId, paymentReceived, send } from 'seckill-core';
import { expect, test } from 'vitest';
import { eventually, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

/** Sets PostgreSQL's default for new transactions, and ends all other sessions, so that it holds for every connection. */
async function setReadOnly(readOnly: boolean): Promise<void> {
  const client = new Client({ connectionString: on.platform.databaseUrl });
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  await client.query(`ALTER DATABASE ${rows[0]?.name} SET default_transaction_read_only = ${readOnly}`);
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}

test('a PostgreSQL that is read-only for a while is an outage: winners get their orders and payments count, without an operator', async () => {
  const { platform } = on;
  const lines: { fields: object; message: string }[] = [];
  const record = (fields: object, message: string) => void lines.push({ fields, message });
  const log: Log = { info: record, warn: record, error: record };
  await platform.startWorker({ log });
  const sale = await platform.openSale({ stock: 50, payTimeoutSeconds: 600 });
  const [payer] = await platform.win(sale, ['payer']);
  const orderId = payer?.reservationId ?? '';
  await eventually(async () => (await platform.order(orderId)) !== null, 'the order of the payer');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'payer', orderId });
  const order = await platform.order(orderId);

  await setReadOnly(true);
  const wins = await platform.win(sale, users(40, 'auth0-secret'));
  const event = { eventId: newId(), type: 'payment.succeeded', paymentId, orderId } as const;
  const money = { amountCents: Number(order?.amountCents), currency: order?.currency ?? '' };
  await send(platform.publisher, paymentReceived, { ...event, ...money });
  const held = (durable: string) =>
    lines.some(
      ({ fields, message }) =>
        message.startsWith('no message can be handled') && JSON.stringify(fields).includes(`"durable":"${durable}"`),
    );
  await eventually(() => held('orders') && held('payments'), 'both consumers hold their messages');

  await setReadOnly(false);
  const { prisma } = platform;
  // The sessions that were ended fail once more.
  const count = (where: object) => prisma.order.count({ where: { saleId: sale.saleId, ...where } }).catch(() => -1);
  await eventually(async () => (await count({ status: 'PAID' })) === 1, 'PAID');
  await eventually(async () => (await count({})) === wins.length + 1, 'an order for each winner');
  expect(await platform.deadLetters()).toEqual([]);
  await platform.expectAuditHolds(sale);
  expect(JSON.stringify(lines)).not.toContain('auth0-secret');
  expect(lines.filter(({ message }) => message.startsWith('no message can be handled')).length).toBeLessThanOrEqual(4);
});
