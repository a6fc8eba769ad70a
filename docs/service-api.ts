import { stringify } from 'yaml';

/** What the OpenAPI documents of services that a shop runs for the platform share. */

export const json = (schema: object) => ({ content: { 'application/json': { schema } } });

/** The answers that every call may get. */
export const others = {
  401: { description: 'The signature is wrong. The call is repeated.' },
  default: { description: 'Any other status, or none: the outcome is unknown, and the call is repeated.' },
};

/** The body of an answer with status 422. */
export const refusal = (schema: object) => ({ 422: { description: 'A definite no. It is not repeated.', ...json(schema) } });

export const idInPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });

interface Service {
  /** The module of the messages' schemas, from the root. */
  messages: string;
  /** The page that says how to set it up. */
  page: string;
  info: { title: string; version: string; description: string };
  paths: object;
  webhooks?: object;
  /** Of the header `Seckill-Signature`. */
  signature: string;
}

/** Returns the OpenAPI document as YAML. Every call is signed. */
export function serviceApi({ messages, page, signature, ...parts }: Service): string {
  const head = `# Made by docs/write-service-apis.ts from ${messages}. Change that, then run
# \`node --import tsx docs/write-service-apis.ts\`. ${page} says how to set it up.
`;
  const { info, ...rest } = parts;
  const document = {
    openapi: '3.1.0',
    info,
    security: [{ signature: [] }],
    ...rest,
    components: {
      securitySchemes: {
        signature: { type: 'apiKey', in: 'header', name: 'Seckill-Signature', description: signature },
      },
    },
  };
  // By way of JSON, which leaves out what TypeBox keeps for itself.
  return head + stringify(JSON.parse(JSON.stringify(document)), { lineWidth: 130, aliasDuplicateObjects: false });
}
