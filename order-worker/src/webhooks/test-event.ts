import { newId, type WebhookDelivery } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { readDelivery } from './deliveries.ts';
import { secretsOf } from './endpoint-book.ts';
import type { Managing } from './manage-webhooks.ts';
import { sendWebhook } from './send-webhook.ts';
import { TEST_TYPE } from './test-type.ts';
import { laneOf } from './webhook-lane.ts';
import { WebhookPool } from './webhook-pool.ts';
import { findEndpoint } from './webhook-view.ts';

/** Sends a test event once and at once, whatever the state of the endpoint, and keeps it in the log. Throws NOT_FOUND. */
export async function testWebhook({ prisma, rules }: Managing, webhookId: string): Promise<WebhookDelivery> {
  const endpoint = await findEndpoint(prisma, webhookId);
  const pool = new WebhookPool(endpoint.url, rules, 1);
  const [began, at] = [performance.now(), new Date()];
  const eventId = `test:${newId()}`;
  const body = testEvent(webhookId, eventId, at);
  try {
    const sent = await sendWebhook({ pool, secrets: secretsOf(endpoint), eventId, body });
    const { result, status, answer } = sent;
    const attempt = {
      at: at.toISOString(),
      ms: Math.round(performance.now() - began),
      ok: result === 'delivered',
      ...(status === undefined ? {} : { status, answer }),
      ...(result === 'delivered' ? {} : { error: sent.error }),
    };
    return readDelivery(prisma, webhookId, await keep(prisma, { webhookId, eventId, body, attempt }));
  } finally {
    pool.close();
  }
}

const testEvent = (webhookId: string, id: string, at: Date): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: `/seckill/webhooks/${webhookId}`,
    type: TEST_TYPE,
    subject: webhookId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { text: 'This is a test. No order has changed.' },
  });

interface Tested {
  webhookId: string;
  eventId: string;
  body: string;
  attempt: object;
}

async function keep(prisma: PrismaClient, { webhookId, eventId, body, attempt }: Tested): Promise<string> {
  const { id } = await prisma.listenerTask.create({
    data: {
      lane: laneOf(webhookId),
      subject: webhookId,
      eventId,
      type: TEST_TYPE,
      rank: 0,
      event: body,
      state: 'DONE',
      attempts: 1,
      finishedAt: new Date(),
      history: [attempt],
    },
  });
  return String(id);
}
