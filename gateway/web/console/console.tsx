import { computed, defineComponent } from 'vue';
import { operatorToken } from '../shared/session/operator-session.ts';
import { path, useMatch } from '../shared/ui/router.ts';
import { ConsoleTop } from './console-top.tsx';
import { NewSalePage } from './new-sale/new-sale-page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { SalePage } from './sale/sale-page.tsx';
import { SignInPage } from './sign-in-page.tsx';

export const Console = defineComponent(() => {
  const sale = useMatch('/console/sales/:saleId');
  const saleId = computed(() => sale.value?.['saleId']);
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
            ) : (
              <OverviewPage />
            )}
          </div>
        </main>
      </>
    );
  };
});
