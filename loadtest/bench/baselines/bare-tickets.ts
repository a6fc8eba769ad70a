import Fastify from 'fastify';
import { serveBaseline } from './serve.ts';

/** The ceiling of a waiting room: Fastify that answers a constant ticket. */
const app = Fastify({ keepAliveTimeout: 72_000 });
const saleId = '01920000-0000-7000-8000-000000000000';
const answer = {
  ticketId: `${saleId}.n1000000.AAAAAAAAAAAAAAAAAAAAAA`,
  saleId,
  state: 'WAITING',
  entryId: 'AAAAAAAAAAAA',
  lane: 'n',
  place: 1_000_000,
  ahead: 999_999,
  etaSeconds: 999_999,
  etaFromSeconds: 999_999,
  etaToSeconds: 999_999,
  retryAfterMs: 25_000,
  unitsLeft: 10,
  unitsUnpaid: 0,
};
const properties = Object.fromEntries(
  Object.entries(answer).map(([name, value]) => [name, { type: typeof value === 'string' ? 'string' : 'integer' }]),
);
const schema = (status: number) => ({ response: { [status]: { type: 'object', properties } } });

app.get('/api/queue/:ticketId', { schema: schema(200) }, (_, reply) => {
  reply.send(answer);
});
app.post('/api/sales/:saleId/queue', { schema: schema(201) }, (_, reply) => {
  reply.code(201).send(answer);
});

await serveBaseline(app);
