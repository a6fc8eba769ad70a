import type { AdminSale } from 'seckill-core';
import type { Platform } from '../platform/start-platform.ts';

/**
 * What `npm start` prints: where everything is, and commands to paste into another terminal.
 *
 * @param usualProvider The checkout's address takes a request in place of a click, as that of other providers does not.
 */
export function walkThrough(platform: Platform, sale: AdminSale | undefined, usualProvider: boolean): string {
  const [url = ''] = platform.gatewayUrls;
  const { redis, nats, postgres } = platform.servers;
  const where = `
Seckill is running. Ctrl-C stops it and leaves nothing behind.

  Storefront   ${url}/
  Console      ${url}/console
  Admin token  ${platform.adminToken}

  Gateway      ${platform.gatewayUrls.join('  ')}
  API page     ${url}/docs
  Metrics      ${url}/metrics
  Payments     ${platform.paymentsUrl}  (a sandbox: no money moves)
  Redis        ${redis.url}
  NATS         ${nats.url}
  PostgreSQL   ${postgres.url}
  Logs         ${platform.folder}/<part>/log
`;
  return sale === undefined ? where : `${where}${buying(url, nats.url, sale, usualProvider)}`;
}

function buying(url: string, natsUrl: string, sale: AdminSale, usualProvider: boolean): string {
  const [item] = sale.items;
  if (item === undefined) return '';
  const startsAt = new Date(sale.startsAt);
  const seconds = Math.max(0, Math.round((startsAt.getTime() - Date.now()) / 1000));
  return `
"${sale.title}": ${item.stock} × ${item.title}, from ${startsAt.toLocaleTimeString('en-GB')} on (${seconds === 0 ? 'now' : `in ${seconds} s`}).
To buy one, paste this into another terminal:

  URL=${url} SALE=${sale.saleId} ITEM=${item.itemId}
  field() { node -pe "JSON.parse(require('fs').readFileSync(0)).$1"; }
  json='content-type: application/json'

  # Log in, and get a purchase token (from ${sale.tokenLeadSeconds} s before the sale opens)
  USER_TOKEN=$(curl -s $URL/api/dev/login -H "$json" -d '{"userId":"ada"}' | field accessToken)
  PURCHASE=$(curl -s -X POST $URL/api/sales/$SALE/items/$ITEM/purchase-token -H "authorization: Bearer $USER_TOKEN" | field purchaseToken)

  # Once the sale is open: win a unit, then see the order
  ID=$(curl -s $URL/api/reservations -H "$json" -d "{\\"purchaseToken\\":\\"$PURCHASE\\"}" | field reservationId)
  curl -s $URL/api/reservations/$ID -H "authorization: Bearer $USER_TOKEN"

${usualProvider ? paying(sale) : payingInStorefront(url, sale)}
  curl -s $URL/api/orders/$ID -H "authorization: Bearer $USER_TOKEN"

  # Does everything add up?
  NATS_URL=${natsUrl} npm run audit -- --sale $SALE
`;
}

const paying = ({ payTimeoutSeconds }: AdminSale) => `\
  # Pay within ${payTimeoutSeconds} s, or watch it being cancelled
  CHECKOUT=$(curl -s -X POST $URL/api/orders/$ID/payments -H "authorization: Bearer $USER_TOKEN" | field checkoutUrl)
  curl -s -X POST $CHECKOUT/pay -H 'accept: application/json'
  sleep 1`;

const payingInStorefront = (url: string, { payTimeoutSeconds }: AdminSale) => `\
  # Pay within ${payTimeoutSeconds} s: open ${url}/orders as "ada". Or watch it being cancelled`;
