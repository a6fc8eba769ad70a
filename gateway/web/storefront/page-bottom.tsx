import { defineComponent } from 'vue';
import { now } from '../shared/clock/now.ts';
import { locale, words } from '../shared/i18n/language.ts';
import { setTheme, type Theme, theme } from '../shared/ui/theme.ts';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

export const PageBottom = defineComponent(() => () => {
  const time = new Intl.DateTimeFormat(locale.value, { timeStyle: 'medium' }).format(now.value);
  return (
    <footer class="bottom">
      <div class="frame">
        <span class="numbers">{words.value.sale.serverTime(time)}</span>
        <label>
          {words.value.theme.label}{' '}
          <select value={theme.value} onChange={(event: Event) => setTheme((event.target as HTMLSelectElement).value as Theme)}>
            {THEMES.map((each) => (
              <option value={each}>{words.value.theme[each]}</option>
            ))}
          </select>
        </label>
      </div>
    </footer>
  );
});
