import type { AuditReport } from 'seckill-core';
import type { Buyer, HttpClient } from 'simulation';
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

/** With so many payers for each provider, every provider has to be paid at least once. */
const PAYERS_EACH = 5;

/** What the platform made of the hurt notifications, and where the buyers paid. */
export async function checkProviders(
  client: HttpClient,
  url: string,
  providers: readonly string[],
  buyers: readonly Buyer[],
): Promise<AuditReport['checks']> {
  const { body } = await client.request({ method: 'GET', url: `${url}/faults` });
  const { notifications, paid } = JSON.parse(body) as { notifications: Counts; paid: Record<string, number> };
  const { accepted, doubled, reordered, lost, forged, forgedAccepted } = notifications;
  const [yes, twice, later, never, wrong] = [accepted, doubled, reordered, lost, forged].map(number);
  const wins = buyers.flatMap(({ win }) => win ?? []);
  const given = wins.filter(({ moneyGiven }) => moneyGiven === 'yes').length;
  const perhaps = given + wins.filter(({ moneyGiven }) => moneyGiven === 'unknown').length;
  const taken = Object.values(paid).reduce((sum, each) => sum + each, 0);
  const payers = wins.filter(({ intention }) => intention === 'pay').length;
  const unused = payers < PAYERS_EACH * providers.length ? [] : providers.filter((name) => paid[name] === 0);
  return [
    {
      name: 'The payment providers took what buyers paid, and each took some',
      holds: given <= taken && taken <= perhaps && unused.length === 0,
      detail: `${number(given)} paid; ${providers.map((name) => `${name} ${number(paid[name] ?? 0)}`).join(', ')}`,
    },
    {
      name: 'No forged payment notification was accepted',
      holds: forgedAccepted === 0,
      detail: `${number(forgedAccepted)} of ${wrong} forged; ${yes} genuine ones accepted, ${twice} doubled, ${later} reordered, ${never} lost`,
    },
  ];
}
