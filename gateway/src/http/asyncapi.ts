import { PUBLIC_EVENTS, type PublicEvent, STREAMS, streamOnServer } from 'seckill-core';

const DESCRIPTION =
  'What happens to orders and sales, as CloudEvents 1.0. Each message is a JSON array of one or more events of one type and one sale. ' +
  'The stream keeps messages for 30 days. Delivery is at least once, of messages and of events: skip an event whose `source` and `id` you have had. ' +
  "`data.version` orders the changes of one order. New events and new optional fields may come; nothing is removed. Money is an integer in the currency's " +
  'ISO 4217 minor unit.';

const HEADERS = {
  type: 'object',
  properties: {
    'Content-Type': { type: 'string', const: 'application/cloudevents-batch+json' },
    'Nats-Msg-Id': { type: 'string', description: 'JetStream stores a message once per id, for two minutes' },
    'Seckill-Events': { type: 'string', description: 'how many events the message holds' },
    'Seckill-Oldest': { type: 'string', description: 'when its oldest event happened, ms since 1970' },
    'Seckill-Repeat': { type: 'string', const: '1', description: 'another message may hold the same events' },
  },
};

/** Builds the AsyncAPI document of the events from the schemas that write them. `prefix` is NATS_PREFIX. */
export function asyncApi(prefix?: string): Record<string, unknown> {
  const stream = streamOnServer(STREAMS.orders.name, prefix);
  const each = <Part>(part: (event: PublicEvent) => Part) =>
    Object.fromEntries(PUBLIC_EVENTS.map((event) => [event.name, part(event)]));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Seckill events', version: '1.0.0', description: DESCRIPTION, license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/cloudevents-batch+json',
    servers: {
      nats: {
        host: '{host}',
        protocol: 'nats',
        description: `NATS with JetStream, stream ${stream}.`,
        variables: { host: { default: 'localhost:4222', description: 'Ask the operator, also for a user that may read.' } },
      },
    },
    channels: each((event) => channelOf(event, prefix)),
    operations: each(({ name, title }) => ({
      action: 'send',
      title,
      channel: { $ref: `#/channels/${name}` },
      messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    })),
    components: { messages: each(messageOf), schemas: each(({ schema }) => schema) },
  };
}

const channelOf = ({ name, address, title, happens }: PublicEvent, prefix?: string) => ({
  address: prefix === undefined ? address : `${prefix}.${address}`,
  title,
  description: happens,
  servers: [{ $ref: '#/servers/nats' }],
  parameters: { saleId: { description: 'The sale. Subscribe with `*` for all sales.' } },
  messages: { [name]: { $ref: `#/components/messages/${name}` } },
});

const messageOf = ({ name, title, happens, type, example }: PublicEvent) => ({
  name: type,
  title,
  summary: happens,
  contentType: 'application/cloudevents-batch+json',
  headers: HEADERS,
  payload: { type: 'array', minItems: 1, items: { $ref: `#/components/schemas/${name}` } },
  examples: [
    {
      headers: {
        'Content-Type': 'application/cloudevents-batch+json',
        'Nats-Msg-Id': example.id,
        'Seckill-Events': '1',
        'Seckill-Oldest': String(Date.parse(String(example.time))),
      },
      payload: [example],
    },
  ],
});
