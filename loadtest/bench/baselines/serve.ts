import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { FastifyInstance } from 'fastify';

/** The body of `POST /api/reservations`: baselines validate what the gateway does. */
export const reserveBody = {
  type: 'object',
  additionalProperties: false,
  required: ['purchaseToken'],
  properties: {
    purchaseToken: { type: 'string', maxLength: 300 },
    quantity: { type: 'integer', minimum: 1, default: 1 },
  },
} as const;

/** Listens, sends the bench its address, and ends when the bench does. */
export async function serveBaseline(app: FastifyInstance): Promise<void> {
  // As the gateway does (seckill-core/src/process/settle-heap.ts): a ceiling that is low by chance would flatter everything below it.
  setFlagsFromString('--no-allocation-site-pretenuring');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  process.on('disconnect', () => process.exit(0));
  process.send?.({ url: `http://127.0.0.1:${port}` });
}
