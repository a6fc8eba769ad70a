import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { AwsClient } from 'aws4fetch';
import type { Location } from './location.ts';

export interface FileStore {
  /** Stores a file whole, or not at all. A file of the same path is replaced. */
  put(path: string, content: Uint8Array): Promise<void>;
  /** The paths of the files in a folder and its folders. */
  list(folder: string): Promise<string[]>;
  /** A file that is gone already is no fault. */
  remove(path: string): Promise<void>;
}

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const ANSWER_WITHIN_MS = 60_000;

export const openStore = (location: Location, keys: Keys): FileStore =>
  location.kind === 'folder' ? folderStore(location.path) : s3Store(location, keys);

/** A reader sees a file only once it is complete, and after a power cut it has its content. */
const folderStore = (root: string): FileStore => ({
  async put(path, content) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    // Readers look for the endings of the formats. Two workers may write the same file for a moment.
    const draft = `${target}.${process.pid}.tmp`;
    const file = await open(draft, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
  },
  async list(folder) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(noneIfMissing);
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(root, join(parentPath, name)));
  },
  remove: (path) => rm(join(root, path), { force: true }),
});

function noneIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** Addresses the bucket by its path, which every S3-compatible server understands. */
function s3Store({ endpoint, region, bucket, prefix }: Extract<Location, { kind: 's3' }>, keys: Keys): FileStore {
  // It retries by default; the sink's runner does, with longer pauses.
  const client = new AwsClient({ ...keys, region, service: 's3', retries: 0 });
  const keyOf = (path: string): string => [prefix, path].filter(Boolean).join('/');
  const addressOf = (path: string): string => `/${keyOf(path).split('/').map(encodeURIComponent).join('/')}`;

  async function ask(method: string, address: string, body: Uint8Array<ArrayBuffer> = new Uint8Array()): Promise<string> {
    const response = await client.fetch(`${endpoint}/${bucket}${address}`, {
      method,
      ...(body.length === 0 ? {} : { body }),
      // Signed too, so that a body that was changed on its way is refused.
      headers: { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const answer = await response.text();
    if (response.ok) return answer;
    const code = /<Code>([\w.-]{1,80})<\/Code>/.exec(answer)?.[1] ?? 'no code';
    throw new Error(
      `${endpoint} refused ${method} ${bucket}${address} with HTTP ${response.status} (${code}). Check the bucket and the rights of its keys.`,
    );
  }

  return {
    async put(path, content) {
      await ask('PUT', addressOf(path), content as Uint8Array<ArrayBuffer>);
    },
    async list(folder) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({ 'list-type': '2', prefix: `${keyOf(folder)}/` });
        if (token !== undefined) query.set('continuation-token', token);
        const answer = await ask('GET', `?${query}`);
        keys.push(...textsIn(answer, 'Key'));
        [token] = textsIn(answer, 'NextContinuationToken');
      } while (token !== undefined);
      return keys.map((key) => key.slice(keyOf('').length).replace(/^\//, ''));
    },
    async remove(path) {
      await ask('DELETE', addressOf(path));
    },
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

/** The texts of the elements of a name, in flat XML. */
const textsIn = (xml: string, name: string): string[] =>
  Array.from(xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g')), ([, text = '']) =>
    text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity),
  );
