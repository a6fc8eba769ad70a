import { HttpUrl, Text } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { defineSink } from '../../sink.ts';

const DEFAULT_SECONDS = 1;
/** The runner writes one batch at a time. */
const SINK_CONNECTIONS = 1;
const SEARCH_CONNECTIONS = 8;

const settings = Type.Object({
  OPENSEARCH_URL: Type.Optional(HttpUrl),
  OPENSEARCH_INDEX: Type.String({
    pattern: '^[a-z][a-z0-9_-]{0,99}$',
    default: 'seckill-orders',
    description: 'the name of an index: lower-case letters, digits, dashes and underscores',
  }),
  OPENSEARCH_USER: Type.Optional(Text(1, 100)),
  OPENSEARCH_PASSWORD: Type.Optional(Text(1, 200)),
  OPENSEARCH_EVERY_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 3_600,
    default: DEFAULT_SECONDS,
    description: 'a number of seconds, 1 to 3600',
  }),
});

/** The orders in OpenSearch, which the search then reads. */
export const sink = defineSink({
  name: 'opensearch',
  settings,
  isOn: ({ OPENSEARCH_URL: url }) => url !== undefined,
  async create(values, parts) {
    const { openSearchSink } = await import('./opensearch-sink.ts');
    return openSearchSink(await connect(values, SINK_CONNECTIONS), parts, values.OPENSEARCH_EVERY_SECONDS * 1_000);
  },
  async createFinder(values) {
    const { openSearchFinder } = await import('./opensearch-finder.ts');
    return openSearchFinder(await connect(values, SEARCH_CONNECTIONS));
  },
});

async function connect(values: Static<typeof settings>, connections: number) {
  const { OpenSearch } = await import('./opensearch.ts');
  const { OPENSEARCH_URL: url = '', OPENSEARCH_INDEX: index, OPENSEARCH_USER: user, OPENSEARCH_PASSWORD: password = '' } = values;
  return new OpenSearch({ url, index, user, password }, connections);
}
