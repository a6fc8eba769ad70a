import { parseJson } from 'seckill-core';
import { type HttpCall, HttpPool } from '../../../servers/http-pool.ts';

/** A bulk of refused documents has a reason for each. */
const MOST_BYTES = 16 * 1_024 * 1_024;

export interface OpenSearchSettings {
  url: string;
  /** Names the alias through which everything reads and writes. */
  index: string;
  user: string | undefined;
  password: string;
}

export interface OpenSearchAnswer {
  status: number;
  body: unknown;
}

/** A server that speaks OpenSearch's HTTP interface. */
export class OpenSearch {
  readonly index: string;
  readonly host: string;
  readonly #pool: HttpPool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, index, user, password }: OpenSearchSettings, connections: number) {
    this.index = index;
    this.host = new URL(url).host;
    this.#pool = new HttpPool(url, connections);
    const credentials = Buffer.from(`${user}:${password}`).toString('base64');
    this.#headers = user === undefined ? {} : { authorization: `Basic ${credentials}` };
  }

  /** Sends a request, and once more if the connection broke. `lines` are sent as NDJSON. Rejects if there is no whole answer within `withinMs`. */
  async ask(
    method: HttpCall['method'],
    path: string,
    { json, lines, withinMs }: { json?: object; lines?: readonly object[]; withinMs: number },
  ): Promise<OpenSearchAnswer> {
    const body = lines === undefined ? json && JSON.stringify(json) : lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const type = lines === undefined ? 'application/json' : 'application/x-ndjson';
    const headers = { ...this.#headers, ...(body === undefined ? {} : { 'content-type': type }) };
    const call: HttpCall = { method, path, headers, mostBytes: MOST_BYTES, ...(body === undefined ? {} : { body }) };
    const answer = await this.#pool.send(call, performance.now() + withinMs);
    return { status: answer.status, body: parseJson(answer.body) };
  }

  /** The words of a refusal, for a person. */
  refusal({ status, body }: OpenSearchAnswer): string {
    const { error } = (body ?? {}) as { error?: { reason?: unknown } | string };
    const reason = typeof error === 'string' ? error : error?.reason;
    return `OpenSearch at ${this.host} refused with HTTP ${status}: ${String(reason ?? 'no reason given').slice(0, 300)}`;
  }
}
