import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import type { Location } from './location.ts';

/** Stores a file whole, or not at all. A file of the same path is replaced. */
export interface FileStore {
  put(path: string, content: Uint8Array): Promise<void>;
}

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const PUT_WITHIN_MS = 60_000;

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
});

/** Addresses the bucket by its path, which every S3-compatible server understands. */
function s3Store({ endpoint, region, bucket, prefix }: Extract<Location, { kind: 's3' }>, keys: Keys): FileStore {
  // It retries by default; the sink's runner does, with longer pauses.
  const client = new AwsClient({ ...keys, region, service: 's3', retries: 0 });
  return {
    async put(path, content) {
      const key = [prefix, path].filter(Boolean).join('/').split('/').map(encodeURIComponent).join('/');
      const response = await client.fetch(`${endpoint}/${bucket}/${key}`, {
        method: 'PUT',
        body: content as Uint8Array<ArrayBuffer>,
        // Signed too, so that a body that was changed on its way is refused.
        headers: { 'x-amz-content-sha256': createHash('sha256').update(content).digest('hex') },
        signal: AbortSignal.timeout(PUT_WITHIN_MS),
      });
      const answer = await response.text();
      if (response.ok) return;
      const code = /<Code>([\w.-]{1,80})<\/Code>/.exec(answer)?.[1] ?? 'no code';
      throw new Error(
        `${endpoint} refused ${bucket}/${key} with HTTP ${response.status} (${code}). Check the bucket and its keys.`,
      );
    },
  };
}
