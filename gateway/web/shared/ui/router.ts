import { computed, shallowRef } from 'vue';

/** The current path. The pages have so few routes that these lines suffice. */
export const path = shallowRef(location.pathname);

addEventListener('popstate', () => {
  path.value = location.pathname;
});

export function go(to: string): void {
  history.pushState(null, '', to);
  path.value = location.pathname;
  scrollTo(0, 0);
  // Screen readers and the keyboard continue at the new content.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main')?.focus());
}

/** Handles links with `data-inside`. The browser handles everything else: new tabs, other sites. */
document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-inside]');
  if (link === null || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.pathname);
});

/** The parameters of a path that matches `/a/:b`, or undefined. */
export function useMatch(pattern: string) {
  const wanted = pattern.split('/');
  return computed(() => {
    const given = path.value.replace(/(.)\/$/, '$1').split('/');
    if (given.length !== wanted.length) return undefined;
    const parts: Record<string, string> = {};
    for (const [i, part] of wanted.entries()) {
      const value = decodeURIComponent(given[i] ?? '');
      if (part.startsWith(':')) parts[part.slice(1)] = value;
      else if (part !== value) return undefined;
    }
    return parts;
  });
}
