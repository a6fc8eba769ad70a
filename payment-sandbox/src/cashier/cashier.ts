import { type Books, TOKEN_LENGTH } from '../books.ts';
import type { Desk } from '../desk.ts';
import { json } from '../json.ts';
import type { SandboxAnswer, SandboxRequest } from '../protocol.ts';
import { paymentPage, unknownPage } from './page.ts';

const html = (status: number, body: string): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body,
});

export interface CashierParts {
  books: Pick<Books, 'paymentOfToken'>;
  desk: Pick<Desk, 'pay' | 'decline'>;
  cashierUrl(token: string): string;
}

/** The pages on which a buyer pays, whatever the protocol. Returns undefined for other paths. */
export function cashier({ books, desk, cashierUrl }: CashierParts): (request: SandboxRequest) => SandboxAnswer | undefined {
  return (request) => {
    if (request.path === '/scan') return scan(request.query.get('code') ?? '');
    const [, token, action] = /^\/checkout\/([^/]+)(?:\/(pay|decline))?$/.exec(request.path) ?? [];
    return token === undefined ? undefined : answer(request, token, action);
  };

  function answer({ method, headers, query }: SandboxRequest, token: string, action?: string): SandboxAnswer {
    const payment = books.paymentOfToken(token);
    const { accept = '', 'accept-language': language } = headers;
    const wantsJson = /application\/json/.test(accept);
    if (payment === undefined) {
      return wantsJson ? json(404, { error: 'The sandbox did not make this checkout.' }) : html(404, unknownPage(language));
    }
    if (method === 'GET' && action === undefined) return html(200, paymentPage(payment, language));
    if (method !== 'POST' || action === undefined) {
      return json(405, { error: 'GET the checkout, or POST to its address followed by /pay or /decline.' });
    }
    const after = action === 'pay' ? desk.pay(payment.key, query.get('payer') ?? undefined) : desk.decline(payment.key);
    const status = after.state === 'CLOSED' ? 409 : 200;
    if (!wantsJson) return html(status, paymentPage(after, language));
    const { paymentId, state } = after;
    return json(status, { paymentId, eventId: `evt_${paymentId}_${state.toLowerCase()}`, status: state });
  }

  /** What a phone does with the text of a QR code, or an app with the arguments of its call: the token is the end of a word in it. */
  function scan(code: string): SandboxAnswer {
    for (const [word] of code.matchAll(/[\w-]+/g)) {
      const payment = books.paymentOfToken(word.slice(-TOKEN_LENGTH));
      if (payment !== undefined) return { status: 302, headers: { location: cashierUrl(payment.token) }, body: '' };
    }
    return json(404, { error: 'The sandbox did not make this code.' });
  }
}
