import { request } from 'node:http';

/** Other ways to write `path`, all of which some program reads as the same address. */
export function spellingsOf(path: string): string[] {
  const inserted = [
    '//',
    '/./',
    '/x/../',
    '/%2e/',
    '/x/%2E%2e/',
    '/.%2e/',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '/%00',
    '/%0a',
    '/%20/../',
  ];
  const found = new Set<string>([`http://seckill${path}`, `x${path}`, `?${path}`, `*${path}`]);
  for (const [at, character] of Array.from(path).entries()) {
    const with_ = (piece: string) => found.add(path.slice(0, at) + piece + path.slice(at + 1));
    const hex = character.charCodeAt(0).toString(16);
    for (const encoded of [`%${hex}`, `%${hex.toUpperCase()}`, `%25${hex}`, `%u00${hex}`]) with_(encoded);
    if (character === '/') for (const piece of inserted) with_(piece);
  }
  const below = path.endsWith('/') ? path : `${path}/`;
  for (const end of ['.', '..', '../', './', '%2e', '%2E%2E', 'x/..', 'x/../', '/', '%2f', '\\', '%00', '%c3%a9'])
    found.add(below + end);
  for (const end of [
    '#',
    '#x',
    '?#',
    '?a#b',
    '%',
    '%2',
    '%zz',
    '%00',
    '%0a',
    '%0d',
    '%7f',
    '%23',
    '%3f',
    ';x',
    '\\',
    '%25',
    '\u0080',
    '<',
  ])
    found.add(path + end);
  for (const above of ['/', '/.', '/..', '/x/..', '/console/..', '/assets/..', '/api/payments/webhook/..', '/%2e', '/x%2f..'])
    found.add(above + path);
  found.delete(path);
  return [...found];
}

export interface RawAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** A call whose path is sent as it is: `fetch` would resolve dots and encode characters first. */
export function rawCall(port: number, path: string, method = 'GET'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}
