import { fileURLToPath } from 'node:url';

/** Where files go. `prefix` has no slash at its ends, and may be empty. */
export type Location =
  | { kind: 'folder'; path: string }
  | { kind: 's3'; endpoint: string; region: string; bucket: string; prefix: string };

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[\w./-]*$/;
const DEFAULT_REGION = 'us-east-1';

/** Reads `file:///folder` or `s3://bucket/prefix?endpoint=…&region=…`. Returns undefined for any other text. */
export function readLocation(text: string): Location | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol === 'file:')
    return url.host === '' && url.pathname !== '/' ? { kind: 'folder', path: fileURLToPath(url) } : undefined;
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (url.protocol !== 's3:' || !BUCKET.test(url.host) || !PREFIX.test(prefix)) return undefined;
  const region = url.searchParams.get('region') ?? DEFAULT_REGION;
  const endpoint = (url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`).replace(/\/$/, '');
  if (!/^https?:\/\/[^/]+$/.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  return { kind: 's3', endpoint, region, bucket: url.host, prefix };
}
