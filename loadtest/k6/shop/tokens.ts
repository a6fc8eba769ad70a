import { sleep } from 'k6';
import http from 'k6/http';
import type { Sale } from './operator.ts';
import { firstGateway } from './settings.ts';

const AT_ONCE = 50;

/**
 * Purchase tokens of `count` users. One string instead of an array: every virtual user gets a copy of what `setup` returns, and copying
 * three thousand strings cost each of five hundred virtual users 20 ms of the rush.
 */
export interface Tokens {
  prefix: string;
  count: number;
  width: number;
  text: string;
}

/** All names have the same length, and so have all tokens. */
export const userOf = ({ prefix }: Pick<Tokens, 'prefix'>, index: number): string =>
  `${prefix}-${index.toString().padStart(6, '0')}`;

export const tokenOf = ({ text, width }: Tokens, index: number): string => text.slice(index * width, (index + 1) * width);

/** Fetched before the clock runs: for `setup`. */
export function fetchTokens({ saleId, itemId }: Sale, name: string, count: number): Tokens {
  const prefix = `${name}-${Date.now().toString(36)}`;
  const parts: string[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const users = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => userOf({ prefix }, from + index));
    const accessTokens = batch(
      users.map((userId) => ({
        path: '/api/dev/login',
        body: JSON.stringify({ userId }),
        headers: { 'content-type': 'application/json' },
      })),
      'accessToken',
    );
    const path = `/api/sales/${saleId}/items/${itemId}/purchase-token`;
    const headersOf = (token: string) => ({ authorization: `Bearer ${token}` });
    parts.push(
      ...batch(
        accessTokens.map((token) => ({ path, body: null, headers: headersOf(token) })),
        'purchaseToken',
      ),
    );
  }
  return { prefix, count, width: parts[0]?.length ?? 0, text: parts.join('') };
}

interface Post {
  path: string;
  body: string | null;
  headers: Record<string, string>;
}

function batch(posts: readonly Post[], field: string): string[] {
  const responses = http.batch(
    posts.map(({ path, body, headers }) => ({
      method: 'POST',
      url: firstGateway + path,
      body,
      params: { headers, tags: { name: 'prepare' } },
    })),
  );
  return responses.map(({ status, body }, index) => {
    const value = status < 300 ? JSON.parse(String(body))[field] : undefined;
    if (value === undefined) throw new Error(`${posts[index]?.path} was answered ${status}: ${body}`);
    return value;
  });
}

/** Sleeps until the sale starts, so that the load starts with it. */
export function sleepUntil(at: number): void {
  sleep(Math.max(0, (at - Date.now()) / 1000));
}
