import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** One kind of message: what it looks like, where it goes, and the id under which it is stored once. */
export interface Event<Schema extends TSchema> {
  readonly name: string;
  readonly schema: Schema;
  readonly subject: (event: Static<Schema>) => string;
  readonly messageId: (event: Static<Schema>) => string;
  readonly encode: (event: Static<Schema>) => string;
  /** Throws {@link MalformedMessage} where the bytes are not such an event. */
  readonly decode: (data: Uint8Array) => Static<Schema>;
}

/** A message that no retry will make readable: it goes to the dead letters. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export function defineEvent<Schema extends TSchema>(
  definition: Pick<Event<Schema>, 'name' | 'schema' | 'subject' | 'messageId'>,
): Event<Schema> {
  return {
    ...definition,
    encode: (event) => JSON.stringify(event),
    decode: decoder(definition.name, definition.schema),
  };
}

/** Reads and checks JSON of one schema; `name` is for the error. */
export function decoder<Schema extends TSchema>(name: string, schema: Schema): (data: Uint8Array) => Static<Schema> {
  const compiled = Compile(schema);
  return (data) => {
    const value = parse(name, data);
    if (compiled.Check(value)) return value as Static<Schema>;
    const [first] = compiled.Errors(value);
    throw new MalformedMessage(`Not a ${name}: ${first?.instancePath || '(whole message)'} ${first?.message ?? 'does not fit'}.`);
  };
}

function parse(name: string, data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch (cause) {
    throw new MalformedMessage(`Not a ${name}: the message is not JSON (${(cause as Error).message}).`, { cause });
  }
}
