import type { Msg, NatsConnection } from '@nats-io/nats-core';

const API = '$JS.API.';
/** Every subject of Seckill begins with the first, and every stream with the second. */
const SUBJECT = 'seckill.';
const STREAM = 'SECKILL_';

/** Lower case, because streams are upper case: no prefix can make one stream's name out of another's. */
export const NATS_PREFIX = '^[a-z0-9][a-z0-9_-]{0,31}$';

/** The name of a stream on the server. A stream's name cannot hold a dot. */
export const streamOnServer = (stream: string, prefix = ''): string => (prefix === '' ? stream : `${prefix}_${stream}`);

/**
 * Returns a connection on which the code's names stay as they are, and on the server `seckill.reserved.…` is `<prefix>.seckill.reserved.…`
 * and `SECKILL_ORDERS` is `<prefix>_SECKILL_ORDERS`. The client of JetStream sends its requests over this connection too, so their subjects
 * and their JSON are translated here, and so are the answers.
 *
 * A message taken from an iterator, without a callback, keeps the server's subject.
 */
export function withPrefix(nc: NatsConnection, prefix: string): NatsConnection {
  const subjectOf = (subject: string): string => {
    if (subject.startsWith(SUBJECT)) return `${prefix}.${subject}`;
    return subject.startsWith(API) ? addPrefix(subject, '.', prefix) : subject;
  };
  const ours = `${prefix}.${SUBJECT}`;
  const received = (message: Msg): Msg =>
    message.subject.startsWith(ours)
      ? Object.defineProperty(message, 'subject', { value: message.subject.slice(prefix.length + 1) })
      : message;
  const names: Pick<NatsConnection, 'publish' | 'subscribe' | 'request' | 'drain' | 'isDraining'> = {
    publish: (subject, data, options) => nc.publish(subjectOf(subject), data, options),
    subscribe: (subject, options = {}) => {
      const { callback } = options;
      if (callback === undefined) return nc.subscribe(subjectOf(subject), options);
      const take: typeof callback = (error, message) => callback(error, error === null ? received(message) : message);
      return nc.subscribe(subjectOf(subject), { ...options, callback: take });
    },
    request: async (subject, data, options) => {
      if (!subject.startsWith(API)) return nc.request(subjectOf(subject), data, options);
      const reply = await nc.request(subjectOf(subject), toServer(data, prefix), options);
      return Object.create(reply, { data: { value: fromServer(reply.data, prefix) } }) as Msg;
    },
    // The client keeps this state on the object.
    drain: () => nc.drain(),
    isDraining: () => nc.isDraining(),
  };
  return Object.assign(Object.create(nc) as NatsConnection, names);
}

type Payload = Parameters<NatsConnection['request']>[1];

/** Only names begin with these letters: the rest of a request is numbers and settings, and a stored message is in Base64. */
function toServer(data: Payload, prefix: string): Payload {
  if (data === undefined || data.length === 0) return data;
  return addPrefix(typeof data === 'string' ? data : Buffer.from(data).toString(), '"', prefix);
}

const fromServer = (data: Uint8Array, prefix: string): Buffer =>
  Buffer.from(
    Buffer.from(data)
      .toString()
      .replaceAll(`"${prefix}.${SUBJECT}`, `"${SUBJECT}`)
      .replaceAll(`"${prefix}_${STREAM}`, `"${STREAM}`),
  );

/** To each name that follows `mark`. */
const addPrefix = (text: string, mark: string, prefix: string): string =>
  text
    .replaceAll(`${mark}${SUBJECT}`, `${mark}${prefix}.${SUBJECT}`)
    .replaceAll(`${mark}${STREAM}`, `${mark}${prefix}_${STREAM}`);
