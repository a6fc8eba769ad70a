import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Document = Record<string, string | number>;
interface Stored {
  version: number;
  document: Document;
}

export interface OpenSearchServer {
  url: string;
  /** By the order's id. Undefined if there is no index. */
  documents(): ReadonlyMap<string, Document> | undefined;
  deleteIndex(): void;
  /** Refuses all orders with this status while it is set. */
  refusal: number | undefined;
  close(): Promise<void>;
}

/**
 * As much of OpenSearch's HTTP interface as the sink and its search need: an index behind an alias, bulks with external versions, and searches by filters. The
 * same tests pass with an OpenSearch 2.19.6: set OPENSEARCH_TEST_URL to its address.
 */
export async function startOpenSearch(user: string, password: string): Promise<OpenSearchServer> {
  let alias = '';
  let index: Map<string, Stored> | undefined;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    if (request.headers.authorization !== authorization) return [401, undefined];
    const { pathname } = new URL(request.url ?? '', 'http://x');
    if (request.method === 'GET')
      return index !== undefined && pathname === `/_alias/${alias}` ? [200, {}] : [404, { error: 'alias missing' }];
    if (request.method === 'PUT') {
      if (index !== undefined) return [400, { error: { reason: 'index already exists' } }];
      [alias = ''] = Object.keys((JSON.parse(body) as { aliases: object }).aliases);
      index = new Map();
      return [200, { acknowledged: true }];
    }
    if (pathname === '/_bulk')
      return [
        200,
        bulk(
          body
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line)),
        ),
      ];
    if (index === undefined || pathname !== `/${alias}/_search`) return [404, { error: { reason: 'no such index' } }];
    return [200, found(JSON.parse(body), index)];
  }

  function bulk(lines: readonly Record<string, unknown>[]) {
    const items = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { _id, _index, version, version_type, require_alias } = (lines[at]?.['index'] ?? {}) as Record<string, unknown>;
      const known = index?.get(String(_id));
      const isKnownVersion = version_type === 'external_gte' && Number(version) >= (known?.version ?? 0);
      const status =
        server.refusal ?? (index === undefined || _index !== alias || require_alias !== true ? 404 : isKnownVersion ? 200 : 409);
      if (status === 200) index?.set(String(_id), { version: Number(version), document: lines[at + 1] as Document });
      items.push({ index: status === 200 ? { status } : { status, error: { reason: `refused with ${status}` } } });
    }
    return { errors: items.some(({ index: { status } }) => status !== 200), items };
  }

  const http = createServer(async (request, response) => {
    const [status, body] = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: OpenSearchServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    documents: () => index && new Map([...index].map(([id, { document }]) => [id, document])),
    deleteIndex: () => {
      index = undefined;
    },
    refusal: undefined,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

interface Bool {
  filter?: Clause[];
  should?: Clause[];
}
type Clause = { bool?: Bool } & Record<string, Record<string, unknown>>;

function found({ query, size }: { query: Clause; size: number }, index: ReadonlyMap<string, Stored>) {
  const hits = [...index.values()]
    .map(({ document }) => document)
    .filter((document) => holds(query, document))
    .toSorted((a, b) => (String(a['orderId']) < String(b['orderId']) ? 1 : -1))
    .slice(0, size)
    .map(({ orderId }) => ({ _id: orderId }));
  return hits.length === 0 ? {} : { hits: { hits } };
}

function holds({ bool, ...leaf }: Clause, document: Document): boolean {
  if (bool !== undefined)
    return (
      (bool.filter ?? []).every((each) => holds(each, document)) && (bool.should?.some((each) => holds(each, document)) ?? true)
    );
  const [[kind, condition] = ['', {}]] = Object.entries(leaf);
  const [[field, wanted] = ['', undefined]] = Object.entries(condition);
  const value = document[field] ?? '';
  if (kind === 'term') return value === wanted;
  if (kind === 'prefix') return String(value).startsWith(String(wanted));
  if (kind === 'wildcard') return pattern(String(wanted)).test(String(value));
  if (kind === 'range') return Object.entries(wanted as object).every(([sign, bound]) => compares(sign, value, bound));
  throw new Error(`The stand-in knows no query "${kind}".`);
}

function compares(sign: string, value: string | number, bound: string | number): boolean {
  if (sign === 'lt') return value < bound;
  if (sign === 'lte') return value <= bound;
  return value >= bound;
}

/** `*` is any text, and a backslash takes the meaning of what follows it away. */
const pattern = (wildcard: string): RegExp =>
  new RegExp(
    `^${wildcard.replace(/\\(.)|\*|[^\w\s]/gu, (part, escaped) => (part === '*' ? '.*' : (escaped ?? part).replace(/[^\w\s]/gu, '\\$&')))}$`,
    's',
  );
