import { computed, defineComponent } from 'vue';
import { operatorToken } from '../shared/session/operator-session.ts';
import { path, useMatch } from '../shared/ui/router.ts';
import { ConsoleTop } from './console-top.tsx';
import { ListenerPage } from './listeners/listener-page.tsx';
import { ListenersPage } from './listeners/listeners-page.tsx';
import { NewSalePage } from './new-sale/new-sale-page.tsx';
import { BuyerOrdersPage } from './orders/buyer-orders-page.tsx';
import { OrderPage } from './orders/order-page.tsx';
import { OrdersPage } from './orders/orders-page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { RiskPage } from './risk/risk-page.tsx';
import { SalePage } from './sale/sale-page.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { WebhookPage } from './webhooks/webhook-page.tsx';
import { WebhooksPage } from './webhooks/webhooks-page.tsx';

export const Console = defineComponent(() => {
  const partOf = (pattern: string, name: string) => {
    const match = useMatch(pattern);
    return computed(() => match.value?.[name]);
  };
  const saleId = partOf('/console/sales/:saleId', 'saleId');
  const orderId = partOf('/console/orders/:orderId', 'orderId');
  const userId = partOf('/console/buyers/:userId', 'userId');
  const listener = partOf('/console/listeners/:listener', 'listener');
  const webhookId = partOf('/console/webhooks/:webhookId', 'webhookId');
  return () => {
    if (operatorToken.value === undefined) return <SignInPage />;
    return (
      <>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <ConsoleTop />
        <main id="content" tabindex={-1}>
          <div class="frame frame--wide">
            {path.value === '/console/new' ? (
              <NewSalePage />
            ) : saleId.value !== undefined ? (
              <SalePage key={saleId.value} saleId={saleId.value} />
            ) : path.value === '/console/orders' ? (
              <OrdersPage />
            ) : orderId.value !== undefined ? (
              <OrderPage key={orderId.value} orderId={orderId.value} />
            ) : userId.value !== undefined ? (
              <BuyerOrdersPage key={userId.value} userId={userId.value} />
            ) : path.value === '/console/listeners' ? (
              <ListenersPage />
            ) : listener.value !== undefined ? (
              <ListenerPage key={listener.value} listener={listener.value} />
            ) : path.value === '/console/risk' ? (
              <RiskPage />
            ) : path.value === '/console/webhooks' ? (
              <WebhooksPage />
            ) : webhookId.value !== undefined ? (
              <WebhookPage key={webhookId.value} webhookId={webhookId.value} />
            ) : (
              <OverviewPage />
            )}
          </div>
        </main>
      </>
    );
  };
});
