import { Text } from 'seckill-core';
import { Type } from 'typebox';
import { defineSink } from '../../sink.ts';
import { readLocation } from './location.ts';

const DEFAULT_SECONDS = 300;

/** Daily files of events and orders, in a folder or in S3-compatible storage. */
export const sink = defineSink({
  name: 'files',
  settings: Type.Object({
    DATA_HUB_FILES: Type.Optional({
      ...Text(1, 500),
      description: 'file:///folder, or s3://bucket/prefix?endpoint=https://host',
    }),
    DATA_HUB_FILES_FORMATS: Type.String({
      pattern: '^(parquet|ndjson|parquet,ndjson|ndjson,parquet)$',
      default: 'parquet,ndjson',
      description: 'parquet, ndjson or both, separated by a comma',
    }),
    DATA_HUB_FILES_EVERY_SECONDS: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: DEFAULT_SECONDS,
      description: 'a number of seconds, 1 to 86400',
    }),
    AWS_ACCESS_KEY_ID: Type.Optional(Text(1, 200)),
    AWS_SECRET_ACCESS_KEY: Type.Optional(Text(1, 200)),
  }),
  // Its folders are those of days.
  startsOverByDay: true,
  isOn: ({ DATA_HUB_FILES: location }) => location !== undefined,
  faultsOf({ DATA_HUB_FILES: url = '', AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: key }) {
    const location = readLocation(url);
    if (location === undefined)
      return ['DATA_HUB_FILES has to be file:///folder, or s3://bucket/prefix?endpoint=https://host&region=name.'];
    const lacksKey = location.kind === 's3' && (keyId === undefined || key === undefined);
    return lacksKey ? ['DATA_HUB_FILES names a bucket, so AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have to be set.'] : [];
  },
  async create(values) {
    const { filesSink } = await import('./files-sink.ts');
    const location = readLocation(values.DATA_HUB_FILES ?? '');
    if (location === undefined) throw new Error('DATA_HUB_FILES is not a location.');
    const keys = { accessKeyId: values.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: values.AWS_SECRET_ACCESS_KEY ?? '' };
    return filesSink({
      location,
      keys,
      formats: values.DATA_HUB_FILES_FORMATS.split(','),
      everyMs: values.DATA_HUB_FILES_EVERY_SECONDS * 1_000,
    });
  },
});
