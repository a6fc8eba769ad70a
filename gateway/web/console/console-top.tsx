import { defineComponent } from 'vue';
import { now } from '../shared/clock/now.ts';
import { signOutOperator } from '../shared/session/operator-session.ts';
import { BrandMark } from '../shared/ui/brand-mark.tsx';
import { path } from '../shared/ui/router.ts';
import { setTheme, type Theme, theme } from '../shared/ui/theme.ts';
import { link } from './parts/operator-stream.ts';

const LINKS = {
  connecting: { tone: 'tone-wait', text: 'Connecting' },
  open: { tone: 'tone-good', text: 'Live' },
  waiting: { tone: 'tone-bad', text: 'No connection' },
} as const;
const THEMES: readonly [Theme, string][] = [
  ['auto', 'Same as device'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export const ConsoleTop = defineComponent(() => () => {
  const { tone, text } = LINKS[link.value];
  const current = (to: string) => (path.value === to ? 'page' : undefined);
  return (
    <header class="top">
      <div class="frame frame--wide">
        <a class="brand" href="/console" data-inside>
          <BrandMark />
          Console
        </a>
        <nav aria-label="Console">
          <a class="home" href="/console" data-inside aria-current={current('/console')}>
            Overview
          </a>
          <a class="new" href="/console/new" data-inside aria-current={current('/console/new')}>
            New sale
          </a>
          <a href="/console/orders" data-inside aria-current={current('/console/orders')}>
            Orders
          </a>
          <a href="/console/listeners" data-inside aria-current={current('/console/listeners')}>
            Listeners
          </a>
          <a href="/console/webhooks" data-inside aria-current={current('/console/webhooks')}>
            Webhooks
          </a>
          <a href="/console/risk" data-inside aria-current={current('/console/risk')}>
            Risk
          </a>
          <a class="away" href="/" target="_blank" rel="noopener">
            Storefront
          </a>
        </nav>
        <div class="top-tools">
          <span class={['badge', tone]} role="status">
            {text}
          </span>
          <time class="numbers user">{new Date(now.value).toLocaleTimeString('en-GB')}</time>
          <select
            aria-label="Colours"
            value={theme.value}
            onChange={(event: Event) => setTheme((event.target as HTMLSelectElement).value as Theme)}
          >
            {THEMES.map(([value, label]) => (
              <option value={value}>{label}</option>
            ))}
          </select>
          <button type="button" class="button button--plain" onClick={signOutOperator}>
            Sign out
          </button>
        </div>
      </div>
    </header>
  );
});
