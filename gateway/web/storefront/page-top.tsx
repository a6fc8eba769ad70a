import { defineComponent } from 'vue';
import { language, speak, words } from '../shared/i18n/language.ts';
import { session, signOut } from '../shared/session/session.ts';
import { BrandMark } from '../shared/ui/brand-mark.tsx';
import { path } from '../shared/ui/router.ts';
import { askToSignIn } from './sign-in-dialog.tsx';

export const PageTop = defineComponent(() => () => {
  const { nav, language: switcher } = words.value;
  const isOrders = path.value.startsWith('/orders');
  return (
    <header class="top">
      <div class="frame">
        <a class="brand" href="/" data-inside>
          <BrandMark />
          Seckill
        </a>
        <nav>
          <a class="home" href="/" data-inside aria-current={path.value === '/' ? 'page' : undefined}>
            {nav.sales}
          </a>
          <a href="/orders" data-inside aria-current={isOrders ? 'page' : undefined}>
            {nav.orders}
          </a>
        </nav>
        <div class="top-tools">
          {session.value !== undefined && (
            <span class="user" title={session.value.userId}>
              {session.value.userId}
            </span>
          )}
          {session.value === undefined ? (
            <button type="button" class="button" onClick={askToSignIn}>
              {nav.signIn}
            </button>
          ) : (
            <button type="button" class="button button--plain" onClick={signOut}>
              {nav.signOut}
            </button>
          )}
          <button
            type="button"
            class="button button--plain"
            lang={language.value === 'zh' ? 'en' : 'zh-CN'}
            onClick={() => speak(language.value === 'zh' ? 'en' : 'zh')}
          >
            {switcher.switchTo}
          </button>
        </div>
      </div>
    </header>
  );
});
