import type { DeliveryState, Webhook } from '../../shared/api/webhooks-api.ts';

export const STATE_WORDS: Readonly<Record<Webhook['state'], { text: string; tone: string }>> = {
  ACTIVE: { text: 'Active', tone: 'tone-good' },
  PAUSED: { text: 'Paused', tone: 'tone-wait' },
  DISABLED: { text: 'Disabled', tone: 'tone-bad' },
};

export const DELIVERY_WORDS: Readonly<Record<DeliveryState, { text: string; tone: string }>> = {
  WAITING: { text: 'Waiting', tone: 'tone-wait' },
  DELIVERED: { text: 'Delivered', tone: 'tone-good' },
  FAILED: { text: 'Failed', tone: 'tone-bad' },
};

/** An endpoint that is active and fails has another colour than one that works. */
export const isFailing = ({ state, failingSince }: Webhook): boolean => state === 'ACTIVE' && failingSince !== undefined;

export const webhookAddress = (webhookId: string): string => `/console/webhooks/${webhookId}`;

/** The API counts no further. */
export const MOST_COUNTED = 10_000;

/** ISO 8601 of a `datetime-local`, in the operator's time zone. Undefined if it is empty. */
export const isoOf = (local: string): string | undefined => (local === '' ? undefined : new Date(local).toISOString());
