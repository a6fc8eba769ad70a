import { HttpClient, type Operator } from 'simulation';
import { checkDownstream } from '../downstream/check-books.ts';
import { type DownstreamUrls, followSale } from '../downstream/follow-sale.ts';
import { booksAtRest, withoutOtherSales } from '../downstream/read-books.ts';
import type { Discrepancy } from './books.ts';

/** All that follows the orders must have come this soon after the sale is at rest. Calls that got no answer take ten seconds each. */
const WITHIN_MS = 150_000;

interface Followed {
  /** Paid orders that were refunded because the warehouse refused them. */
  turnedBack: ReadonlySet<string>;
  discrepancies: Discrepancy[];
}

/** Lets all that follows an order follow those of a sale, if the listeners are on. `end` waits for it, and compares the books. */
export async function followDownstream(
  { operator, downstreamUrls: urls }: { operator: Operator; downstreamUrls?: DownstreamUrls | undefined },
  saleId: string,
): Promise<{ end(): Promise<Followed> }> {
  if (urls === undefined) return { end: async () => ({ turnedBack: new Set(), discrepancies: [] }) };
  const client = new HttpClient({ connections: 10 });
  const webhookId = await followSale(operator, client, urls, saleId);
  return {
    end: async () => {
      const books = withoutOtherSales(await booksAtRest({ operator, client, urls, saleId }, WITHIN_MS));
      await operator.call('DELETE', `/webhooks/${webhookId}`);
      client.close();
      const failed = checkDownstream(books, { mayRepeat: true }).filter(({ holds }) => !holds);
      return {
        turnedBack: new Set(books.paidOrders.filter(({ saga }) => saga?.state === 'COMPENSATED').map(({ orderId }) => orderId)),
        discrepancies: failed.map(({ name, detail }) => ({
          reservationId: 'What follows the orders',
          what: `${name}: ${detail}`,
          answers: [],
        })),
      };
    },
  };
}
