/** What the comparison knows of JSON Schema. Any other keyword of a schema has to stay as it is. */
export interface Schema {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  [keyword: string]: unknown;
}

/** A lower bound may rise and an upper one may fall: a reader then gets less than it was prepared for. */
const LOWER = ['minimum', 'minLength', 'minItems'] as const;
const UPPER = ['maximum', 'maxLength', 'maxItems'] as const;
const COMPARED: ReadonlySet<string> = new Set(['properties', 'required', 'items', 'anyOf', 'enum', ...LOWER, ...UPPER]);
/** Nothing that a program reads depends on them. */
const WORDS: ReadonlySet<string> = new Set(['description', 'title', 'examples', '$comment']);

/**
 * Returns what a change of schemas breaks for programs that read the events, one sentence each; nothing if they keep working. New events, new fields
 * and narrower limits are harmless. Removed events and fields, fields that may be missing from now on, other types and values are not.
 */
export function breaks(before: Readonly<Record<string, Schema>>, after: Readonly<Record<string, Schema>>): string[] {
  return Object.entries(before).flatMap(([name, schema]) => {
    const now = after[name];
    return now === undefined ? [`${name}: the event is gone.`] : breaksOf(name, schema, now);
  });
}

function breaksOf(path: string, before: Schema, after: Schema): string[] {
  return [
    ...keywordBreaks(path, before, after),
    ...valueBreaks(path, before, after),
    ...boundBreaks(path, before, after),
    ...propertyBreaks(path, before, after),
    ...(before.items === undefined || after.items === undefined ? [] : breaksOf(`${path}[]`, before.items, after.items)),
  ];
}

function keywordBreaks(path: string, before: Schema, after: Schema): string[] {
  const fixed = (schema: Schema) => Object.keys(schema).filter((keyword) => !COMPARED.has(keyword) && !WORDS.has(keyword));
  return (
    [...new Set([...fixed(before), ...fixed(after)])]
      // A new pattern or format narrows what is written.
      .filter((keyword) => !(before[keyword] === undefined && (keyword === 'pattern' || keyword === 'format')))
      .filter((keyword) => !same(before[keyword], after[keyword]))
      .map((keyword) => `${path}: ${keyword} was ${say(before[keyword])} and is ${say(after[keyword])}.`)
  );
}

/** A reader may handle each value in its own way, so it must know all of them, and each must keep coming. */
function valueBreaks(path: string, before: Schema, after: Schema): string[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  if (was === undefined && is === undefined) return [];
  if (was === undefined || is === undefined) return [`${path}: its values were ${say(was)} and are ${say(is)}.`];
  return [
    ...was.filter((value) => !is.includes(value)).map((value) => `${path}: the value ${value} is gone.`),
    ...is.filter((value) => !was.includes(value)).map((value) => `${path}: the value ${value} is new.`),
  ];
}

const valuesOf = ({ enum: values, anyOf }: Schema): string[] | undefined =>
  values?.map((value) => JSON.stringify(value)) ?? anyOf?.map((schema) => JSON.stringify(schema.const ?? schema));

function boundBreaks(path: string, before: Schema, after: Schema): string[] {
  const wider = [
    ...LOWER.filter((keyword) => (after[keyword] ?? Number.NEGATIVE_INFINITY) < (before[keyword] ?? Number.NEGATIVE_INFINITY)),
    ...UPPER.filter((keyword) => (after[keyword] ?? Number.POSITIVE_INFINITY) > (before[keyword] ?? Number.POSITIVE_INFINITY)),
  ];
  return wider.map((keyword) => `${path}: ${keyword} was ${say(before[keyword])} and is ${say(after[keyword])}.`);
}

function propertyBreaks(path: string, before: Schema, after: Schema): string[] {
  return Object.entries(before.properties ?? {}).flatMap(([name, schema]) => {
    const now = after.properties?.[name];
    if (now === undefined) return [`${path}.${name}: the field is gone.`];
    const maybeMissing = before.required?.includes(name) === true && after.required?.includes(name) !== true;
    return [
      ...(maybeMissing ? [`${path}.${name}: the field was always there and may be missing now.`] : []),
      ...breaksOf(`${path}.${name}`, schema, now),
    ];
  });
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const say = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value));
