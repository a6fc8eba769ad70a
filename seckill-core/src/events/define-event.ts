import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** One kind of message: its form, and the subjects it travels under. `Address` is the part of it that makes the subject. */
export interface Event<Schema extends TSchema, Address = Static<Schema>> {
  readonly name: string;
  readonly schema: Schema;
  /** The pattern that every subject of this event matches: for streams and listeners. */
  readonly subjects: string;
  readonly subject: (address: Address) => string;
  readonly encode: (event: Static<Schema>) => string;
  /** Throws {@link MalformedMessage} if the bytes are not such an event. */
  readonly decode: (data: Uint8Array) => Static<Schema>;
}

/** An event that a stream keeps, once under each message id. */
export interface StoredEvent<Schema extends TSchema, Address = Static<Schema>> extends Event<Schema, Address> {
  readonly messageId: (event: Static<Schema>) => string;
}

/** A message that no retry will make readable: it goes to the dead letters. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** One value of a message. If it cannot be read, it has a fault instead. */
export type Part<Value> = { readonly value: Value } | { readonly fault: string };

/** The values of a message, at least one. Each is handled, retried and buried without the others. */
export interface Parts<Value> {
  readonly parts: readonly Part<Value>[];
  /** Returns a message that holds only the value at this place. A message of one value lacks it. */
  readonly alone?: (index: number) => { data: string; messageId: string };
}

/** Defines an event that a stream keeps. */
export function defineEvent<Schema extends TSchema, Address>(
  definition: Pick<StoredEvent<Schema, Address>, 'name' | 'schema' | 'subjects' | 'subject' | 'messageId'>,
): StoredEvent<Schema, Address> {
  return { ...definition, encode: JSON.stringify, decode: decoder(definition.name, definition.schema) };
}

/** Defines an event for every gateway and worker over core NATS. It is not stored: polling makes up for one that was missed. */
export function defineBroadcast<Schema extends TSchema>(name: string, schema: Schema): Event<Schema, unknown> {
  const subject = `seckill.broadcast.${name}`;
  return { name, schema, subjects: subject, subject: () => subject, encode: JSON.stringify, decode: decoder(name, schema) };
}

/** Returns a function that reads JSON and checks it against `schema`; `name` is for the error. */
export function decoder<Schema extends TSchema>(name: string, schema: Schema): (data: Uint8Array) => Static<Schema> {
  const read = reader(name, schema);
  return (data) => read(parseMessage(name, data));
}

/** Returns a function that checks a value against `schema`. It throws {@link MalformedMessage}; `name` is for the error. */
export function reader<Schema extends TSchema>(name: string, schema: Schema): (value: unknown) => Static<Schema> {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return value as Static<Schema>;
    const [first] = compiled.Errors(value);
    throw new MalformedMessage(`Not a ${name}: ${first?.instancePath || '(whole message)'} ${first?.message ?? 'does not fit'}.`);
  };
}

/** Parses the JSON of a message. Throws {@link MalformedMessage}. */
export function parseMessage(name: string, data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch (cause) {
    // The parser's own words quote the message, which may name a buyer.
    throw new MalformedMessage(`Not a ${name}: the message is not JSON.`, { cause });
  }
}
