import { shallowRef } from 'vue';

const KEY = 'seckill.operator';

/** The admin token, kept in this tab until it is closed. */
export const operatorToken = shallowRef<string | undefined>(restore());

export function signInOperator(token: string): void {
  operatorToken.value = token;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {}
}

export function signOutOperator(): void {
  operatorToken.value = undefined;
  try {
    sessionStorage.removeItem(KEY);
  } catch {}
}

function restore(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
