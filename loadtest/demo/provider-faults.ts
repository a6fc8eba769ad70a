import type { AuditReport } from 'seckill-core';
import type { HttpClient } from 'simulation';
import { number } from '../command/text.ts';

/** As bad as it gets: every notification is late, some arrive twice or in another order, some never, and strangers send others. */
const NOTIFICATIONS = { delayMs: 500, doubled: 0.2, reordered: 0.2, lost: 0.1, forged: 0.2 };

interface Counts {
  accepted: number;
  doubled: number;
  reordered: number;
  lost: number;
  forged: number;
  forgedAccepted: number;
}

/** Makes the sandbox hurt its notifications from now on. `url` is its origin. */
export async function hurtNotifications(client: HttpClient, url: string): Promise<void> {
  const { status, body } = await client.request({ method: 'POST', url: `${url}/faults`, json: { notifications: NOTIFICATIONS } });
  if (status !== 200) throw new Error(`The payment sandbox refused the faults with ${status}: ${body}`);
}

/** What the platform made of the hurt notifications. */
export async function checkNotifications(client: HttpClient, url: string): Promise<AuditReport['checks'][number]> {
  const { body } = await client.request({ method: 'GET', url: `${url}/faults` });
  const { notifications } = JSON.parse(body) as { notifications: Counts };
  const { accepted, doubled, reordered, lost, forged, forgedAccepted } = notifications;
  const [yes, twice, later, never, wrong] = [accepted, doubled, reordered, lost, forged].map(number);
  return {
    name: 'No forged payment notification was accepted',
    holds: forgedAccepted === 0,
    detail: `${number(forgedAccepted)} of ${wrong} forged; ${yes} genuine ones accepted, ${twice} doubled, ${later} reordered, ${never} lost`,
  };
}
