import type { App } from '../../http/app-type.ts';
import { notificationRoute } from './notification.ts';
import { type PaymentWebhookParts, webhookRoute } from './webhook.ts';

/** The calls of the payment providers' servers. Their signatures cover the raw bytes, so no body is parsed before its route has verified it. */
export async function paymentRoutes(app: App, parts: PaymentWebhookParts): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  webhookRoute(app, parts);
  notificationRoute(app, parts);
}
