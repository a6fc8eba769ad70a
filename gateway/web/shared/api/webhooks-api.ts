import type { Answer, Body } from './contract.ts';
import { ask, COMMAND_MS } from './operator-api.ts';

export type Webhook = Answer<'GET /api/admin/webhooks/{webhookId}'>;
export type CreatedWebhook = Answer<'POST /api/admin/webhooks'>;
export type NewWebhook = Body<'POST /api/admin/webhooks'>;
export type WebhookChange = Body<'PATCH /api/admin/webhooks/{webhookId}'>;
export type RotatedSecret = Answer<'POST /api/admin/webhooks/{webhookId}/secret'>;
export type Delivery = Answer<'GET /api/admin/webhooks/{webhookId}/deliveries/{deliveryId}'>;
export type ListedDelivery = Answer<'GET /api/admin/webhooks/{webhookId}/deliveries'>['deliveries'][number];
export type DeliveryState = ListedDelivery['state'];
export type BackfillWish = Body<'POST /api/admin/webhooks/{webhookId}/backfill'>;
export type ReplayWish = NonNullable<Body<'POST /api/admin/webhooks/{webhookId}/replay'>>;

export interface DeliveryFilter {
  state?: DeliveryState | undefined;
  /** ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
}

const post = { method: 'POST', timeoutMs: COMMAND_MS } as const;

export const listWebhooks = (cursor?: string) =>
  ask<Answer<'GET /api/admin/webhooks'>>(`/webhooks?limit=50${cursor === undefined ? '' : `&cursor=${cursor}`}`);
export const readWebhook = (webhookId: string) => ask<Webhook>(`/webhooks/${webhookId}`);
export const createWebhook = (webhook: NewWebhook) => ask<CreatedWebhook>('/webhooks', { ...post, body: webhook });
export const changeWebhook = (webhookId: string, body: WebhookChange) =>
  ask<Webhook>(`/webhooks/${webhookId}`, { ...post, method: 'PATCH', body });
export const deleteWebhook = (webhookId: string) => ask<object>(`/webhooks/${webhookId}`, { ...post, method: 'DELETE' });
export const rotateSecret = (webhookId: string, overlapSeconds: number) =>
  ask<RotatedSecret>(`/webhooks/${webhookId}/secret`, { ...post, body: { overlapSeconds } });
export const testWebhook = (webhookId: string) => ask<Delivery>(`/webhooks/${webhookId}/test`, post);

export function listDeliveries(webhookId: string, filter: DeliveryFilter, cursor?: string) {
  const query = new URLSearchParams({ limit: '50' });
  for (const [name, value] of Object.entries({ ...filter, cursor })) if (value !== undefined) query.set(name, value);
  return ask<Answer<'GET /api/admin/webhooks/{webhookId}/deliveries'>>(`/webhooks/${webhookId}/deliveries?${query}`);
}
export const readDelivery = (webhookId: string, deliveryId: string) =>
  ask<Delivery>(`/webhooks/${webhookId}/deliveries/${deliveryId}`);
export const replayDelivery = (webhookId: string, deliveryId: string) =>
  ask<ListedDelivery>(`/webhooks/${webhookId}/deliveries/${deliveryId}/replay`, post);
export const replayDeliveries = (webhookId: string, wish: ReplayWish) =>
  ask<Answer<'POST /api/admin/webhooks/{webhookId}/replay'>>(`/webhooks/${webhookId}/replay`, { ...post, body: wish });
export const backfillWebhook = (webhookId: string, wish: BackfillWish) =>
  ask<Answer<'POST /api/admin/webhooks/{webhookId}/backfill'>>(`/webhooks/${webhookId}/backfill`, { ...post, body: wish });
