import { loadStatement } from '../../../servers/statement.ts';
import type { Sink, SinkParts } from '../../sink.ts';
import { INDEX_OF_ORDERS, type OrderDocument } from './index-of-orders.ts';
import type { OpenSearch } from './opensearch.ts';

const documentsStatement = loadStatement(import.meta.url, 'read-documents');

/** A bulk of about a megabyte, far below what servers accept. */
const MOST_EVENTS = 2_000;
const ANSWER_WITHIN_MS = 30_000;
const VERSION_CONFLICT = 409;

/**
 * Stores each order under its id, with its version as the document's: the engine refuses an older one, and takes one that comes twice. Documents say
 * what the orders are when they are written.
 */
export const openSearchSink = (engine: OpenSearch, { prisma }: SinkParts, everyMs: number): Sink => ({
  mostEvents: MOST_EVENTS,
  everyMs,
  async write({ events }) {
    const orderIds = [...new Set(events.map(({ orderId }) => orderId))];
    const documents = await prisma.$queryRawUnsafe<OrderDocument[]>(documentsStatement, orderIds);
    if (documents.length > 0) await store(engine, documents);
  },
  prepare: () => makeIndex(engine),
});

async function makeIndex(engine: OpenSearch): Promise<void> {
  const within = { withinMs: ANSWER_WITHIN_MS };
  const alias = await engine.ask('GET', `/_alias/${engine.index}`, within);
  if (alias.status === 200) return;
  if (alias.status !== 404) throw new Error(`${engine.refusal(alias)}.`);
  const made = await engine.ask('PUT', `/${engine.index}-1`, {
    json: { ...INDEX_OF_ORDERS, aliases: { [engine.index]: {} } },
    ...within,
  });
  if (made.status !== 200) throw new Error(`${engine.refusal(made)}.`);
}

interface BulkAnswer {
  errors?: boolean;
  items?: { index: { status: number; error?: { reason?: string } } }[];
}

async function store(engine: OpenSearch, documents: readonly OrderDocument[]): Promise<void> {
  const answer = await engine.ask('POST', '/_bulk?filter_path=errors,items.index.status,items.index.error.reason', {
    lines: documents.flatMap((document) => [
      {
        index: {
          _index: engine.index,
          _id: document.orderId,
          version: document.version,
          version_type: 'external_gte',
          // An index that was deleted would come back with guessed types.
          require_alias: true,
        },
      },
      document,
    ]),
    withinMs: ANSWER_WITHIN_MS,
  });
  if (answer.status !== 200) throw new Error(`${engine.refusal(answer)}.`);
  const { errors, items = [] } = answer.body as BulkAnswer;
  if (errors !== true) return;
  const refused = items.map(({ index }) => index).filter(({ status }) => status >= 300 && status !== VERSION_CONFLICT);
  const [first] = refused;
  if (first === undefined) return;
  const reason = first.error?.reason ?? `status ${first.status}`;
  const advice = first.status === 404 ? ' Start the sink over: it makes the index again.' : '';
  throw new Error(`OpenSearch at ${engine.host} refused ${refused.length} of ${documents.length} orders: ${reason}.${advice}`);
}
