import { HttpUrl, Text } from 'seckill-core';
import { Type } from 'typebox';
import { defineSink } from '../../sink.ts';

const DEFAULT_SECONDS = 10;

/** Tables of events and orders in ClickHouse, over its HTTP interface. */
export const sink = defineSink({
  name: 'clickhouse',
  settings: Type.Object({
    CLICKHOUSE_URL: Type.Optional(HttpUrl),
    CLICKHOUSE_DATABASE: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$',
      default: 'default',
      description: 'the name of a database: letters, digits and underscores',
    }),
    CLICKHOUSE_USER: Type.String({ pattern: '^[\\w.@-]{1,100}$', default: 'default', description: 'the name of a user' }),
    CLICKHOUSE_PASSWORD: Type.Optional(Text(1, 200)),
    CLICKHOUSE_EVERY_SECONDS: Type.Integer({
      minimum: 1,
      maximum: 3_600,
      default: DEFAULT_SECONDS,
      description: 'a number of seconds, 1 to 3600',
    }),
  }),
  isOn: ({ CLICKHOUSE_URL: url }) => url !== undefined,
  async create(values) {
    const { clickHouseSink } = await import('./clickhouse-sink.ts');
    return clickHouseSink({
      url: values.CLICKHOUSE_URL ?? '',
      database: values.CLICKHOUSE_DATABASE,
      user: values.CLICKHOUSE_USER,
      password: values.CLICKHOUSE_PASSWORD ?? '',
      everyMs: values.CLICKHOUSE_EVERY_SECONDS * 1_000,
    });
  },
});
