import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Server {
  endpoint: string;
  /** By bucket and key. */
  objects: Map<string, Buffer>;
  close(): Promise<void>;
}

const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * As much of S3 as writing, listing and deleting need: a list has two keys on a page. It checks the signature from Amazon's description of Signature Version 4, not with the client's code:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export async function startS3(keys: Record<string, string>): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const fault = faultOf(request, body, keys);
    if (fault === undefined && request.method === 'PUT') objects.set(decodeURIComponent(request.url ?? '').slice(1), body);
    if (fault === undefined && request.method === 'DELETE') objects.delete(decodeURIComponent(request.url ?? '').slice(1));
    response.writeHead(fault === undefined ? 200 : 403, { 'content-type': 'application/xml' });
    const answer = request.method === 'GET' ? listed(objects, new URL(request.url ?? '', 'http://x')) : '';
    response.end(fault === undefined ? answer : `<?xml version="1.0"?><Error><Code>${fault}</Code></Error>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The answer of ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
function listed(objects: ReadonlyMap<string, Buffer>, { pathname, searchParams }: URL): string {
  const bucket = `${pathname.slice(1)}/`;
  const prefix = bucket + (searchParams.get('prefix') ?? '');
  const after = searchParams.get('continuation-token') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
  const page = keys.slice(0, 2);
  const contents = page.map((key) => `<Contents><Key>${key.slice(bucket.length).replaceAll('&', '&amp;')}</Key></Contents>`);
  const next = keys.length > 2 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult>${contents.join('')}${next}</ListBucketResult>`;
}

function faultOf({ method, url = '', headers }: IncomingMessage, body: Buffer, keys: Record<string, string>): string | undefined {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    );
  if (given === null) return 'AccessDenied';
  const [, keyId = '', day = '', region = '', signedHeaders = '', signature] = given;
  const secret = keys[keyId];
  if (secret === undefined) return 'InvalidAccessKeyId';
  const names = signedHeaders.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'AccessDenied';
  if (headers['x-amz-content-sha256'] !== hash(body)) return 'XAmzContentSHA256Mismatch';
  const [path = '', query = ''] = url.split('?');
  const canonical = [
    method,
    path,
    query.split('&').toSorted().join('&'),
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}
