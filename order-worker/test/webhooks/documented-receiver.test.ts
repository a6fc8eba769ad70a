import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, waitUntil } from 'dev';
import { expect, test } from 'vitest';
import { AddressRules } from '../../src/webhooks/address-rules.ts';
import { sendWebhook } from '../../src/webhooks/send-webhook.ts';
import { newSecret } from '../../src/webhooks/sign-webhook.ts';
import { WebhookPool } from '../../src/webhooks/webhook-pool.ts';

const page = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
/** Its packages are found from here. */
const cwd = fileURLToPath(new URL('../..', import.meta.url));
const STARTED_WITHIN_MS = 30_000;

test('the receiver of docs/webhooks.md accepts what the platform sends, and nothing else', async () => {
  const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  expect(program).toContain('new Webhook(');
  const [secret, port] = [newSecret(), await freePort()];
  const env = { PATH: process.env['PATH'], WEBHOOK_SECRET: secret, PORT: String(port) };
  const receiver = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  receiver.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const pool = new WebhookPool(`http://127.0.0.1:${port}/seckill`, new AddressRules(true), 1);
  const send = (secrets: string[]) =>
    sendWebhook({ pool, secrets, eventId: 'paid:1', body: '{"type":"seckill.order.paid.v1","data":{"orderId":"1"}}' });
  try {
    await waitUntil(async () => (await send([secret])).result === 'delivered', STARTED_WITHIN_MS);
    expect(await send([newSecret(), secret])).toMatchObject({ result: 'delivered', status: 204 });
    expect(await send([newSecret()])).toMatchObject({ result: 'retry', status: 401 });
    await waitUntil(() => said.includes('seckill.order.paid.v1 1\n'), STARTED_WITHIN_MS);
    expect(said.split('\n')).toHaveLength(3);
  } finally {
    pool.close();
    receiver.kill('SIGKILL');
    await once(receiver, 'exit');
  }
});
