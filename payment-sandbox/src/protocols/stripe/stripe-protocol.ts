import type {
  Protocol,
  ProtocolParts,
  SandboxAnswer,
  SandboxEvent,
  SandboxNotification,
  SandboxRequest,
} from '../../protocol.ts';
import { answerOf, invalid, Refusal } from './errors.ts';
import { type Fields, listOf, readForm } from './form.ts';
import { Ledger } from './ledger.ts';
import { bodyOf, signed } from './webhook.ts';

interface Call {
  /** The part of the path that the route names. */
  id: string;
  fields: Fields;
  expand: readonly string[];
  /** Of a POST: its Idempotency-Key, and what has to be equal in every request under it. */
  idempotency: { key: string | undefined; fingerprint: string };
}

export class StripeProtocol implements Protocol {
  readonly name = 'stripe';
  readonly paths = /^\/v1\//;
  readonly #url: string;
  readonly #key: string;
  readonly #secret: string;
  readonly #routes: readonly [string, RegExp, (call: Call) => object][];

  constructor(parts: ProtocolParts, key: string, secret: string) {
    this.#url = `${parts.webhooksUrl}/stripe`;
    this.#key = key;
    this.#secret = secret;
    const ledger = new Ledger(parts);
    this.#routes = [
      ['POST', /^\/v1\/checkout\/sessions$/, ({ fields, idempotency }) => ledger.createSession(fields, idempotency)],
      ['GET', /^\/v1\/checkout\/sessions\/(\w+)$/, ({ id, expand }) => ledger.session(id, expand)],
      ['POST', /^\/v1\/checkout\/sessions\/(\w+)\/expire$/, ({ id }) => ledger.expire(id)],
      ['GET', /^\/v1\/payment_intents\/search$/, ({ fields, expand }) => ledger.search(fields['query'], expand)],
      ['GET', /^\/v1\/payment_intents\/(\w+)$/, ({ id, expand }) => ledger.intent(id, expand)],
      ['POST', /^\/v1\/refunds$/, ({ fields, idempotency }) => ledger.createRefund(fields, idempotency)],
      ['GET', /^\/v1\/refunds$/, ({ fields }) => ledger.refunds(fields)],
      ['GET', /^\/v1\/refunds\/(\w+)$/, ({ id }) => ledger.refund(id)],
      ['GET', /^\/v1\/balance_transactions$/, ({ fields, expand }) => ledger.transactions(fields, expand)],
    ];
  }

  async handle(request: SandboxRequest): Promise<SandboxAnswer> {
    try {
      this.#authorize(request.headers.authorization ?? '');
      return answerOf(200, this.#route(request));
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  notificationOf(event: SandboxEvent): SandboxNotification {
    return signed(this.#url, bodyOf(event), this.#secret);
  }

  forge({ url, body }: SandboxNotification): SandboxNotification {
    return signed(url, body, 'whsec_of_a_stranger');
  }

  isAccepted({ status }: { status: number }): boolean {
    return status >= 200 && status < 300;
  }

  #authorize(given: string): void {
    const basic = `Basic ${Buffer.from(`${this.#key}:`).toString('base64')}`;
    if (given !== `Bearer ${this.#key}` && given !== basic)
      throw new Refusal(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' });
  }

  #route({ method, path, query, headers, body }: SandboxRequest): object {
    for (const [routeMethod, pattern, work] of this.#routes) {
      const match = method === routeMethod ? pattern.exec(path) : null;
      if (match === null) continue;
      const [, id = ''] = match;
      const text = method === 'POST' ? body.toString('utf8') : query.toString();
      const fields = readForm(text);
      const expand = listOf(fields['expand']).map(String);
      delete fields['expand'];
      const key = headers['idempotency-key']?.toString();
      return work({ id, fields, expand, idempotency: { key, fingerprint: `${path}?${text}` } });
    }
    throw invalid(`Unrecognized request URL (${method}: ${path}).`);
  }
}
