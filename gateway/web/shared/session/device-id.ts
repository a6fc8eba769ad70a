const KEY = 'seckill.device';

/**
 * A random id of this browser, sent with each purchase. Risk control counts by it, so that a household or an office behind one address is
 * not taken for one buyer.
 */
export const deviceId: string = restore() ?? create();

function restore(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function create(): string {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  try {
    localStorage.setItem(KEY, id);
  } catch {}
  return id;
}
