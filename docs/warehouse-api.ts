import * as messages from '../order-worker/src/services/fulfilment/messages.ts';
import { idInPath, json, others, refusal, serviceApi } from './service-api.ts';

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
        ...refusal(messages.Refusal),
        ...others,
      },
    },
  },
  '/shipments/{shipmentId}': {
    get: {
      summary: 'Say how a shipment stands',
      parameters: [idInPath('shipmentId')],
      responses: { 200: { description: 'The answer.', ...json(messages.KnownShipment) }, 404: { description: 'Unknown.' } },
    },
    delete: {
      summary: 'Cancel a shipment',
      description: 'One that you have never seen is cancelled too: its request may arrive later.',
      parameters: [idInPath('shipmentId')],
      responses: { 200: { description: 'The answer.', ...json(messages.CancelAnswer) }, ...others },
    },
  },
  '/sales/{saleId}/shipments': {
    get: {
      summary: 'List the shipments of a sale',
      description:
        'For the audit, and optional: answer 404, 405 or 501 if you keep no such list. Pages are in the order of the shipments’ ids, each with at most `limit` of them.',
      parameters: [
        idInPath('saleId'),
        { name: 'limit', in: 'query', schema: { type: 'integer' } },
        { name: 'cursor', in: 'query', description: 'the `nextCursor` of the page before', schema: { type: 'string' } },
      ],
      responses: { 200: { description: 'A page.', ...json(messages.ShipmentList) }, ...others },
    },
  },
};

/** The OpenAPI document of a warehouse that fulfils paid orders. */
export const warehouseApi = (): string =>
  serviceApi({
    messages: 'order-worker/src/services/fulfilment/messages.ts',
    page: 'docs/sagas.md',
    info: { title: 'A warehouse for Seckill', version: '1', description: 'What the order worker asks of a warehouse.' },
    paths,
    signature:
      '`t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.METHOD path\\nbody">` with WAREHOUSE_SECRET; the path includes the query. Refuse one that is older than 300 s.',
  });
