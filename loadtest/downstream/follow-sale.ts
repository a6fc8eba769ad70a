import type { HttpClient, Operator, RunningPlatform } from 'simulation';

export type DownstreamUrls = NonNullable<RunningPlatform['downstreamUrls']>;

/** Some of what comes is refused for now, or its answer is lost; the warehouse refuses a fifth of the shipments for good. */
const INBOX_FAULTS = { refused: 0.1, unanswered: 0.01 };
const WAREHOUSE_FAULTS = { refused: 0.2, pending: 0.2, pendingMs: 1_000, unanswered: 0.01, lost: 0.01, latencyMs: 20 };

/** Subscribes the sandbox's webhook receiver to the orders of a sale, and lets all of the sandbox misbehave. Returns the webhook's id. */
export async function followSale(operator: Operator, client: HttpClient, urls: DownstreamUrls, saleId: string): Promise<string> {
  const webhook = { url: `${urls.webhooks}/hooks`, events: ['order.*'], saleIds: [saleId] };
  const { webhookId } = await operator.call<{ webhookId: string }>('POST', '/webhooks', webhook);
  const inboxes = new Set([urls.mail, urls.messages, urls.webhooks]);
  for (const [url, faults] of [
    ...[...inboxes].map((origin) => [`${origin}/inbox/faults`, INBOX_FAULTS] as const),
    [`${urls.warehouse}/warehouse/faults`, WAREHOUSE_FAULTS] as const,
  ]) {
    const { status, body } = await client.request({ method: 'POST', url, json: faults });
    if (status !== 200) throw new Error(`The downstream sandbox refused the faults with ${status}: ${body}`);
  }
  return webhookId;
}
