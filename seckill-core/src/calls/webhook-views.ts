import { type Static, Type } from 'typebox';
import { Count, IsoTime, SaleId, Text } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { WEBHOOK_EVENTS, WEBHOOK_WILDCARDS } from '../domain/webhook-events.ts';
import { EventCursor, EventsFrom } from './list-events.ts';
import { pageRequest } from './page.ts';

export const WebhookId = Type.String({ pattern: UUID_PATTERN });
export const DELIVERY_ID_PATTERN = '^[1-9][0-9]{0,17}$';
export const DeliveryId = Type.String({ pattern: DELIVERY_ID_PATTERN });

const WebhookEvents = Type.Array(Type.Enum([...WEBHOOK_WILDCARDS, ...WEBHOOK_EVENTS]), {
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  description: 'names such as `order.paid`, `order.*` for every event of orders, or `*` for all',
});

const Url = Type.String({
  minLength: 8,
  maxLength: 2_000,
  pattern: '^https?://[\\x21-\\x7e]+$',
  description: 'https; http only to addresses that WEBHOOK_ALLOW_PRIVATE allows',
});
const SaleIds = Type.Array(SaleId, {
  maxItems: 100,
  uniqueItems: true,
  description: 'only events of these sales; empty for every sale',
});
const Description = Text(0, 200);

/** A secret from before a rotation signs too, for so long. */
const LONGEST_OVERLAP_SECONDS = 7 * 86_400;

export const CreateWebhook = Type.Object(
  { url: Url, events: WebhookEvents, saleIds: Type.Optional(SaleIds), description: Type.Optional(Description) },
  { additionalProperties: false },
);

export const ChangeWebhook = Type.Object(
  {
    url: Type.Optional(Url),
    events: Type.Optional(WebhookEvents),
    saleIds: Type.Optional(SaleIds),
    description: Type.Optional(Description),
    state: Type.Optional(
      Type.Enum(['ACTIVE', 'PAUSED'], {
        description: 'PAUSED keeps its events until it is ACTIVE again. A DISABLED endpoint becomes ACTIVE by it too.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** An endpoint without its secret. */
export const WebhookView = Type.Object({
  webhookId: WebhookId,
  url: Type.String(),
  events: Type.Array(Type.String()),
  saleIds: Type.Array(Type.String()),
  description: Type.String(),
  state: Type.Enum(['ACTIVE', 'PAUSED', 'DISABLED'], {
    description: 'DISABLED by the platform, after long failure or because the receiver said 410 Gone',
  }),
  disabledReason: Type.Optional(Type.String()),
  createdAt: IsoTime,
  lastSuccessAt: Type.Optional(IsoTime),
  failingSince: Type.Optional({ ...IsoTime, description: 'missing if the last delivery succeeded' }),
  lastError: Type.Optional(Type.String({ description: 'of the last delivery, if it failed' })),
  previousSecretUntil: Type.Optional({ ...IsoTime, description: 'until then, the secret before the last rotation signs too' }),
  backlog: Type.Object({
    waiting: { ...Count, description: 'deliveries that wait, up to 10,000' },
    failed: { ...Count, description: 'deliveries that were given up, up to 10,000' },
    oldestWaitingAt: Type.Optional(IsoTime),
  }),
});
export type WebhookView = Static<typeof WebhookView>;

const Secret = Type.String({ description: 'starts with whsec_; shown this once' });
export const CreatedWebhook = Type.Object({ ...WebhookView.properties, secret: Secret });

export const RotateSecret = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LONGEST_OVERLAP_SECONDS,
        description: 'how long the old secret signs too; default 86400',
      }),
    ),
  },
  { additionalProperties: false },
);
export const RotatedSecret = Type.Object({ secret: Secret, previousSecretUntil: IsoTime });

export const DeliveryState = Type.Enum(['WAITING', 'DELIVERED', 'FAILED'], { description: 'FAILED: given up' });

/** A delivery in a list. */
const delivery = {
  deliveryId: DeliveryId,
  eventId: Type.String({ description: 'the `webhook-id` header' }),
  event: Type.String(),
  orderId: Type.Optional(Type.String()),
  state: DeliveryState,
  attempts: Count,
  createdAt: IsoTime,
  nextTryAt: Type.Optional({ ...IsoTime, description: 'while it waits' }),
  finishedAt: Type.Optional(IsoTime),
  lastStatus: Type.Optional(Type.Integer({ description: 'HTTP status of the last answer' })),
  lastError: Type.Optional(Type.String()),
};
export const ListedDelivery = Type.Object(delivery);
export type ListedDelivery = Static<typeof ListedDelivery>;

const DeliveryAttempt = Type.Object({
  at: IsoTime,
  durationMs: Type.Integer(),
  status: Type.Optional(Type.Integer({ description: 'missing without an answer' })),
  answer: Type.Optional(Type.String({ description: 'the beginning of its body' })),
  error: Type.Optional(Type.String()),
});
export type DeliveryAttempt = Static<typeof DeliveryAttempt>;

/** A delivery with what was sent, and what came back. */
export const WebhookDelivery = Type.Object({
  ...delivery,
  request: Type.Object({
    url: Type.String(),
    headers: Type.Object(
      { 'content-type': Type.String(), 'user-agent': Type.String(), 'webhook-id': Type.String() },
      { description: 'without the time and the signature, which differ in each attempt' },
    ),
    body: Type.String(),
  }),
  history: Type.Array(DeliveryAttempt, { description: 'the last attempts, the oldest first' }),
});
export type WebhookDelivery = Static<typeof WebhookDelivery>;

export const deliveriesRequest = {
  webhookId: WebhookId,
  state: Type.Optional(DeliveryState),
  from: Type.Optional(IsoTime),
  to: Type.Optional(IsoTime),
  ...pageRequest(DeliveryId),
};

export const ReplayWish = Type.Object(
  {
    from: Type.Optional({ ...IsoTime, description: 'deliveries that were created since' }),
    to: Type.Optional({ ...IsoTime, description: 'deliveries that were created before' }),
    failedOnly: Type.Optional(Type.Boolean({ description: 'default true; false delivers again what was delivered too' })),
  },
  { additionalProperties: false },
);

export const BackfillWish = Type.Object(
  {
    from: EventsFrom,
    to: Type.Optional({ ...IsoTime, description: 'only events that happened before' }),
    cursor: Type.Optional({ ...EventCursor, description: 'the `nextCursor` of the call before' }),
  },
  { additionalProperties: false },
);
export const Backfilled = Type.Object({
  added: Count,
  nextCursor: Type.Optional({ ...EventCursor, description: 'there is more: call again with it' }),
});
