import type { NewWebhook, Webhook } from '../../shared/api/webhooks-api.ts';

/** A form's content. */
export interface WebhookDraft {
  url: string;
  events: string[];
  /** Sale ids, separated by spaces or commas. */
  sales: string;
  description: string;
}

export interface DraftFault {
  field: 'url' | 'events' | 'sales' | 'description';
  text: string;
}

const SALE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LONGEST_DESCRIPTION = 200;

export const newWebhookDraft = (): WebhookDraft => ({ url: '', events: ['order.paid'], sales: '', description: '' });

export const draftOf = ({ url, events, saleIds, description }: Webhook): WebhookDraft => ({
  url,
  events: [...events],
  sales: saleIds.join(' '),
  description,
});

const saleIdsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);

/** All that can be seen to be wrong without the gateway. */
export function faultsOf({ url, events, sales, description }: WebhookDraft): DraftFault[] {
  const faults: DraftFault[] = [];
  if (!/^https?:\/\/\S+$/.test(url.trim()))
    faults.push({ field: 'url', text: 'Enter an address like https://shop.example/seckill.' });
  if (events.length === 0) faults.push({ field: 'events', text: 'Choose at least one event.' });
  const strange = saleIdsOf(sales).find((id) => !SALE_ID.test(id));
  if (strange !== undefined) faults.push({ field: 'sales', text: `“${strange}” is not the id of a sale.` });
  if (description.length > LONGEST_DESCRIPTION)
    faults.push({ field: 'description', text: `At most ${LONGEST_DESCRIPTION} characters.` });
  return faults;
}

/** The body of the API's call. */
export const webhookOf = ({ url, events, sales, description }: WebhookDraft): NewWebhook => ({
  url: url.trim(),
  events: events as NewWebhook['events'],
  saleIds: [...new Set(saleIdsOf(sales))],
  description: description.trim(),
});
