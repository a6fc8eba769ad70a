import { shallowRef } from 'vue';

export interface Session {
  accessToken: string;
  userId: string;
}

const KEY = 'seckill.session';

/** The signed-in user; undefined if signed out. */
export const session = shallowRef<Session | undefined>(restore());

export function signIn(accessToken: string): boolean {
  const next = read(accessToken);
  if (next === undefined) return false;
  session.value = next;
  try {
    localStorage.setItem(KEY, accessToken);
  } catch {}
  return true;
}

export function signOut(): void {
  session.value = undefined;
  try {
    localStorage.removeItem(KEY);
  } catch {}
}

/** All tabs sign in and out together. */
addEventListener('storage', (event) => {
  if (event.key === KEY) session.value = event.newValue === null ? undefined : read(event.newValue);
});

/** A shop hands over its user as `#accessToken=<JWT>`: the part after `#` reaches no server and no log. */
function restore(): Session | undefined {
  const handedOver = new URLSearchParams(location.hash.slice(1)).get('accessToken');
  if (handedOver !== null) history.replaceState(history.state, '', location.pathname + location.search);
  try {
    if (handedOver !== null) localStorage.setItem(KEY, handedOver);
    const stored = localStorage.getItem(KEY);
    return stored === null ? undefined : read(stored);
  } catch {
    return handedOver === null ? undefined : read(handedOver);
  }
}

/** Reads the user id from the token. Only the gateway verifies the token. */
function read(accessToken: string): Session | undefined {
  try {
    const [, payload = ''] = accessToken.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? { accessToken, userId: sub } : undefined;
  } catch {
    return undefined;
  }
}
