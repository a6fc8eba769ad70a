import { shallowRef } from 'vue';

export interface Session {
  accessToken: string;
  userId: string;
}

const KEY = 'seckill.session';

/** Who is signed in; undefined where nobody is. */
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

/** Other tabs sign in and out together with this one. */
addEventListener('storage', (event) => {
  if (event.key === KEY) session.value = event.newValue === null ? undefined : read(event.newValue);
});

/** A shop hands its own user over as `#accessToken=<JWT>`: what stands after `#` reaches no server and no log. */
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

/** Reads the user's name out of the token; whether it is genuine is for the gateway to say. */
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
