import { computed, defineComponent, watchEffect } from 'vue';
import { words } from '../shared/i18n/language.ts';
import { path, useMatch } from '../shared/ui/router.ts';
import { OrdersPage } from './orders-page.tsx';
import { PageBottom } from './page-bottom.tsx';
import { PageTop } from './page-top.tsx';
import { SaleListPage } from './sale-list-page.tsx';
import { SalePage } from './sale-page.tsx';
import { SignInDialog } from './sign-in-dialog.tsx';

export const Storefront = defineComponent(() => {
  const sale = useMatch('/sale/:saleId');
  const saleId = computed(() => sale.value?.['saleId']);
  const isOrders = computed(() => path.value.startsWith('/orders'));
  watchEffect(() => {
    if (saleId.value === undefined)
      document.title = `${isOrders.value ? words.value.orders.title : words.value.sales.title} · Seckill`;
  });
  return () => (
    <>
      <a class="skip" href="#content">
        {words.value.nav.skip}
      </a>
      <PageTop />
      <main id="content" tabindex={-1}>
        <div class="frame">
          {saleId.value !== undefined ? (
            <SalePage key={saleId.value} saleId={saleId.value} />
          ) : isOrders.value ? (
            <OrdersPage />
          ) : (
            <SaleListPage />
          )}
        </div>
      </main>
      <PageBottom />
      <SignInDialog />
    </>
  );
});
