import { stringify } from 'yaml';
import * as messages from '../order-worker/src/services/fulfilment/messages.ts';

const HEAD = `# Made by docs/write-provider-api.ts from order-worker/src/services/fulfilment/messages.ts. Change that, then run
# \`node --import tsx docs/write-provider-api.ts\`. docs/sagas.md says how to set it up.
`;

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const others = {
  401: { description: 'The signature is wrong. The call is repeated.' },
  default: { description: 'Any other status, or none: the outcome is unknown, and the call is repeated.' },
};
const id = { name: 'shipmentId', in: 'path', required: true, schema: { type: 'string' } };

const paths = {
  '/shipments': {
    post: {
      summary: 'Ask for a shipment',
      description: 'The same shipmentId is the same shipment. One that was cancelled before is answered with `cancelled`.',
      parameters: [{ name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, ...json(messages.ShipmentRequest) },
      responses: {
        200: { description: 'It was known.', ...json(messages.ShipmentAnswer) },
        201: { description: 'It is new.', ...json(messages.ShipmentAnswer) },
        422: { description: 'A definite no. It is not repeated.', ...json(messages.Refusal) },
        ...others,
      },
    },
  },
  '/shipments/{shipmentId}': {
    get: {
      summary: 'Say how a shipment stands',
      parameters: [id],
      responses: { 200: { description: 'The answer.', ...json(messages.KnownShipment) }, 404: { description: 'Unknown.' } },
    },
    delete: {
      summary: 'Cancel a shipment',
      description: 'One that you have never seen is cancelled too: its request may arrive later.',
      parameters: [id],
      responses: { 200: { description: 'The answer.', ...json(messages.CancelAnswer) }, ...others },
    },
  },
};

/** The OpenAPI document of a warehouse that fulfils paid orders. */
export function warehouseApi(): string {
  const document = {
    openapi: '3.1.0',
    info: { title: 'A warehouse for Seckill', version: '1', description: 'What the order worker asks of a warehouse.' },
    security: [{ signature: [] }],
    paths,
    components: {
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Seckill-Signature',
          description:
            '`t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.METHOD path\\nbody">` with WAREHOUSE_SECRET. Refuse one that is older than 300 s.',
        },
      },
    },
  };
  // By way of JSON, which leaves out what TypeBox keeps for itself.
  return HEAD + stringify(JSON.parse(JSON.stringify(document)), { lineWidth: 130, aliasDuplicateObjects: false });
}
