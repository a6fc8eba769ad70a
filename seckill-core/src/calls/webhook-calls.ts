import { Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { Count } from '../domain/fields.ts';
import { nextPage, pageRequest } from './page.ts';
import {
  Backfilled,
  BackfillWish,
  ChangeWebhook,
  CreatedWebhook,
  CreateWebhook,
  DeliveryId,
  deliveriesRequest,
  ListedDelivery,
  ReplayWish,
  RotatedSecret,
  RotateSecret,
  WebhookDelivery,
  WebhookId,
  WebhookView,
} from './webhook-views.ts';

const ofWebhook = { webhookId: WebhookId };
const ofDelivery = Type.Object({ ...ofWebhook, deliveryId: DeliveryId });

/** Resolving the name of a new URL may take seconds. */
const COMMAND_MS = 10_000;
/** The receiver has 10 s for its answer. */
const TEST_MS = 15_000;
/** A replay may touch a hundred thousand deliveries. */
const REPLAY_MS = 20_000;

/** What operators do with webhooks. NOT_FOUND if the endpoint or the delivery does not exist. */
export const webhookCalls = {
  /** VALIDATION_FAILED if its URL is refused. */
  createWebhook: defineRpc('create-webhook', CreateWebhook, CreatedWebhook, COMMAND_MS),
  listWebhooks: defineRpc(
    'list-webhooks',
    Type.Object(pageRequest(WebhookId)),
    Type.Object({ webhooks: Type.Array(WebhookView), ...nextPage(WebhookId) }),
  ),
  getWebhook: defineRpc('get-webhook', Type.Object(ofWebhook), WebhookView),
  changeWebhook: defineRpc('change-webhook', Type.Object({ ...ofWebhook, ...ChangeWebhook.properties }), WebhookView, COMMAND_MS),
  /** Repeating it changes nothing. */
  deleteWebhook: defineRpc('delete-webhook', Type.Object(ofWebhook), Type.Object({}), COMMAND_MS),
  rotateWebhookSecret: defineRpc(
    'rotate-webhook-secret',
    Type.Object({ ...ofWebhook, ...RotateSecret.properties }),
    RotatedSecret,
    COMMAND_MS,
  ),
  /** Sends a test event at once, also if the endpoint is paused or disabled. */
  testWebhook: defineRpc('test-webhook', Type.Object(ofWebhook), WebhookDelivery, TEST_MS),
  listDeliveries: defineRpc(
    'list-deliveries',
    Type.Object(deliveriesRequest),
    Type.Object({ deliveries: Type.Array(ListedDelivery), ...nextPage(DeliveryId) }),
  ),
  getDelivery: defineRpc('get-delivery', ofDelivery, WebhookDelivery),
  replayDelivery: defineRpc('replay-delivery', ofDelivery, ListedDelivery, COMMAND_MS),
  replayDeliveries: defineRpc(
    'replay-deliveries',
    Type.Object({ ...ofWebhook, ...ReplayWish.properties }),
    Type.Object({ replayed: Count }),
    REPLAY_MS,
  ),
  /** Events from before the endpoint, or from before its log begins. Repeating it adds nothing that is there. */
  backfillWebhook: defineRpc(
    'backfill-webhook',
    Type.Object({ ...ofWebhook, ...BackfillWish.properties }),
    Backfilled,
    REPLAY_MS,
  ),
} as const;
