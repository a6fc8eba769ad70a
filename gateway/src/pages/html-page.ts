import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECURITY_HEADERS } from '../security/security-headers.ts';

/** An HTML page, kept in memory in each encoding. It names its scripts by their hashes, so browsers revalidate it on each visit and mostly get 304. */
export class HtmlPage {
  readonly #bodies: Readonly<Record<'br' | 'gzip' | 'identity', Buffer>>;
  readonly #etag: string;

  constructor(html: string) {
    const identity = Buffer.from(html);
    this.#bodies = { identity, br: brotliCompressSync(identity), gzip: gzipSync(identity, { level: 9 }) };
    this.#etag = `W/"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
  }

  send(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.headers(SECURITY_HEADERS);
    reply.headers({ 'cache-control': 'no-cache', vary: 'accept-encoding', etag: this.#etag });
    if (request.headers['if-none-match'] === this.#etag) return reply.code(304).send();
    const encoding = encodingFor(request.headers['accept-encoding']?.toString() ?? '');
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type('text/html; charset=utf-8').send(this.#bodies[encoding]);
  }
}

function encodingFor(accepted: string): 'br' | 'gzip' | 'identity' {
  const takes = (name: string) => new RegExp(`(^|[ ,])${name}(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))\\s*(;|,|$)`).test(accepted);
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : 'identity';
}
