/** A JSON Schema of the API document, as far as the routes use it. */
interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema: Schema;
}

interface Operation {
  security?: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** One request for each text that the API takes: valid, except that this text is `bad`. */
export interface TextInput {
  method: string;
  path: string;
  /** `items.0.title` */
  field: string;
  security: 'user' | 'admin' | undefined;
  query: string;
  body: unknown;
}

type Path = readonly (string | number)[];

/** Finds every text in the bodies and queries of an OpenAPI document. */
export function textInputs(document: { paths: Record<string, Record<string, Operation>> }, bad: string): TextInput[] {
  return Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const path = template.replaceAll(/\{\w+\}/g, (name) => (name === '{itemId}' ? '00002a' : UUID));
      const call = { method, path, security: securityOf(operation) };
      const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
      const inBody = body === undefined ? [] : textsIn(body);
      const queries = (operation.parameters ?? []).filter((each) => each.in === 'query');
      const inQuery = queries.filter(({ schema }) => isText(schema));
      return [
        ...inBody.map((field) => ({ ...call, field: field.join('.'), query: '', body: example(body ?? {}, field, bad) })),
        ...inQuery.map(({ name }) => ({
          ...call,
          field: name,
          query: queryWith(queries, name, bad),
          body: undefined,
        })),
      ];
    }),
  );
}

const UUID = '019b0000-0000-7000-8000-00000000002a';
const TEXTS = [UUID, '00002a', 'EUR', '7', 'x', 'https://shop.example/'];

/** A query with the bad text in one parameter, and in the others what the call requires. */
function queryWith(queries: readonly Parameter[], name: string, bad: string): string {
  const sent = queries.filter((each) => each.name === name || each.required === true);
  const textOf = (each: Parameter) => String(example(each.schema, each.name === name ? [] : undefined, bad));
  return `?${sent.map((each) => `${each.name}=${encodeURIComponent(Buffer.from(textOf(each)).toString())}`).join('&')}`;
}

const securityOf = ({ security = [] }: Operation) => Object.keys(security[0] ?? {})[0] as TextInput['security'];

const isText = ({ type, const: constant, enum: values, anyOf }: Schema): boolean =>
  type === 'string' || typeof constant === 'string' || typeof values?.[0] === 'string' || (anyOf?.every(isText) ?? false);

function textsIn(schema: Schema, at: Path = []): Path[] {
  if (isText(schema)) return [at];
  if (schema.items !== undefined) return textsIn(schema.items, [...at, 0]);
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => textsIn(each, [...at, name]));
}

/** Returns a value that the schema admits, except for the text at `path`. */
function example(schema: Schema, path: Path | undefined, bad: string): unknown {
  if (path?.length === 0) return bad;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return example(schema.anyOf[0] ?? {}, path, bad);
  const below = (key: string | number) => (path?.[0] === key ? path.slice(1) : undefined);
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time') return '2026-01-01T00:00:00Z';
      return TEXTS.find((text) => new RegExp(schema.pattern ?? '', 'u').test(text));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return [example(schema.items ?? {}, below(0), bad)];
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, each]) => [name, example(each, below(name), bad)]),
      );
    default:
      throw new Error(`The document has a field that may hold anything: ${JSON.stringify(schema)}`);
  }
}
