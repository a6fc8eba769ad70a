import { computed, shallowRef } from 'vue';
import { en, type Messages } from './messages-en.ts';
import { zh } from './messages-zh.ts';

export type Language = 'en' | 'zh';

const KEY = 'seckill.language';
const messages: Record<Language, Messages> = { en, zh };

/** The buyer's choice, or else the first of the browser's languages that the storefront has. */
function preferred(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {}
  const wanted = [chosen ?? '', ...navigator.languages].map((tag) => tag.toLowerCase().split('-')[0]);
  return wanted.find((tag): tag is Language => tag === 'en' || tag === 'zh') ?? 'en';
}

export const language = shallowRef<Language>(preferred());

/** For Intl: the browser's variant of the language (en-GB, zh-TW), if it has one. */
export const locale = computed(() => {
  const variant = navigator.languages.find((tag) => tag.toLowerCase().split('-')[0] === language.value);
  return variant ?? (language.value === 'zh' ? 'zh-CN' : 'en');
});

/** The words in the current language. */
export const words = computed<Messages>(() => messages[language.value]);

/** The words are in simplified Chinese, even if the browser asks for another variant. */
function tagOf(spoken: Language): string {
  return spoken === 'zh' ? 'zh-CN' : 'en';
}

export function speak(next: Language): void {
  language.value = next;
  document.documentElement.lang = tagOf(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {}
}

document.documentElement.lang = tagOf(language.value);
