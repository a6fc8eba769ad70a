import Fastify from 'fastify';
import { reserveBody, serveBaseline } from './serve.ts';

/** The ceiling: Fastify that validates the same body and answers a constant. */
const app = Fastify({ keepAliveTimeout: 72_000 });
const answer = { reservationId: '01920000-0000-7000-8000-00000000002a', status: 'RESERVED' };

app.post(
  '/api/reservations',
  {
    schema: {
      body: reserveBody,
      response: {
        202: { type: 'object', properties: { reservationId: { type: 'string' }, status: { type: 'string' } } },
      },
    },
  },
  (_, reply) => {
    reply.code(202).send(answer);
  },
);

await serveBaseline(app);
