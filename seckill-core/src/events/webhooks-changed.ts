import { Type } from 'typebox';
import { defineBroadcast } from './define-event.ts';

/** Webhook endpoints were added, changed or removed: read them again. */
export const webhooksChanged = defineBroadcast('webhooks-changed', Type.Object({}));
