/** As much of JSON Schema as the gateway's document uses. */
interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  description?: string;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, { requestBody?: Content; responses?: Record<string, Content> }>>;
}

const HEAD = `// Made of the gateway's OpenAPI document by "npm run api -w seckill-web". A test fails when it is out of date.

`;

/** TypeScript for every call of the API: its body, its answer, and the codes of its problems. */
export function apiTypes({ paths }: OpenApiDocument): string {
  const calls = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody, responses = {} }]) => {
        const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
        const problems = Object.entries(responses).filter(([status]) => !status.startsWith('2'));
        const codes = problems.flatMap(([, response]) => schemaOf(response)?.properties?.['code'] ?? []);
        const fields: [string, string | undefined][] = [
          ['body', typeOf(schemaOf(requestBody), 2)],
          ['answer', answers.map(([, response]) => typeOf(schemaOf(response), 2)).join(' | ') || undefined],
          ['problem', union(codes.flatMap(literals)) || undefined],
        ];
        const lines = fields.flatMap(([name, type]) => (type === undefined ? [] : [`    ${name}: ${type};`]));
        return `  '${method.toUpperCase()} ${path}': {\n${lines.join('\n')}\n  };`;
      }),
    );
  return `${HEAD}export interface Operations {\n${calls.sort().join('\n')}\n}\n`;
}

function schemaOf(part: Content | undefined): Schema | undefined {
  return Object.values(part?.content ?? {})[0]?.schema;
}

function typeOf(schema: Schema | undefined, depth: number): string | undefined {
  if (schema === undefined) return undefined;
  const { type, anyOf, items, properties, additionalProperties } = schema;
  const inner = (of: Schema) => typeOf(of, depth) ?? 'unknown';
  if (schema.const !== undefined || schema.enum !== undefined) return union(literals(schema));
  if (anyOf !== undefined) return union(anyOf.map(inner));
  if (type === 'array') return `${/ \| /.test(inner(items ?? {})) ? `(${inner(items ?? {})})` : inner(items ?? {})}[]`;
  if (type === 'object' && properties !== undefined) return objectType(schema, depth);
  if (typeof additionalProperties === 'object') return `Record<string, ${inner(additionalProperties)}>`;
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'string' || type === 'boolean' || type === 'null' ? type : 'unknown';
}

function objectType({ properties = {}, required = [] }: Schema, depth: number): string {
  const indent = '  '.repeat(depth + 1);
  const fields = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `${indent}/** ${schema.description} */\n`;
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
    return `${comment}${indent}${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, depth + 1)};`;
  });
  return `{\n${fields.join('\n')}\n${'  '.repeat(depth)}}`;
}

function literals({ const: value, enum: values, anyOf = [] }: Schema): string[] {
  if (value !== undefined) return [quoted(value)];
  return values?.map(quoted) ?? anyOf.flatMap(literals);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function union(types: string[]): string {
  return [...new Set(types)].join(' | ');
}
