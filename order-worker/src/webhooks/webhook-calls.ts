import { broadcast, type calls, type RpcHandler, webhooksChanged } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { AddressRules } from './address-rules.ts';
import { backfillWebhook } from './backfill-webhook.ts';
import { listDeliveries, readDelivery, replayDeliveries, replayDelivery } from './deliveries.ts';
import { changeWebhook, createWebhook, deleteWebhook, listWebhooks, rotateSecret } from './manage-webhooks.ts';
import { testWebhook } from './test-event.ts';
import type { WebhookSettings } from './webhook-settings.ts';
import { webhookView } from './webhook-view.ts';

export type WebhookCalls =
  | 'createWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'changeWebhook'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'listDeliveries'
  | 'getDelivery'
  | 'replayDelivery'
  | 'replayDeliveries'
  | 'backfillWebhook';
type Handlers = { [Kind in WebhookCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };

/** What operators do with webhooks. The worker that sends learns of each change at once. */
export function webhookCalls({ prisma, nc }: Pick<WorkerContext, 'prisma' | 'nc'>, settings: WebhookSettings): Handlers {
  const managing = { prisma, rules: new AddressRules(settings.allowPrivate) };
  const announced = async <Result>(change: Promise<Result>): Promise<Result> => {
    const result = await change;
    broadcast(nc, webhooksChanged, {});
    return result;
  };
  return {
    createWebhook: (wish) => announced(createWebhook(managing, wish)),
    listWebhooks: (listing) => listWebhooks(managing, listing),
    getWebhook: ({ webhookId }) => webhookView(prisma, webhookId),
    changeWebhook: (wish) => announced(changeWebhook(managing, wish)),
    deleteWebhook: (wish) => announced(deleteWebhook(managing, wish)),
    rotateWebhookSecret: (wish) => announced(rotateSecret(managing, wish)),
    testWebhook: ({ webhookId }) => testWebhook(managing, webhookId),
    listDeliveries: (listing) => listDeliveries(prisma, listing),
    getDelivery: ({ webhookId, deliveryId }) => readDelivery(prisma, webhookId, deliveryId),
    replayDelivery: ({ webhookId, deliveryId }) => announced(replayDelivery(prisma, webhookId, deliveryId)),
    replayDeliveries: (wish) => announced(replayDeliveries(prisma, wish)),
    backfillWebhook: (wish) => announced(backfillWebhook({ nc, prisma }, wish)),
  };
}
