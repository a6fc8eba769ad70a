import { Problem } from 'seckill-core';
import type { OrderFinder, OrderQuery } from '../../../search/order-finder.ts';
import { numbersThatBegin, wordsOf } from '../../../search/search-text.ts';
import type { OpenSearch } from './opensearch.ts';

const ANSWER_WITHIN_MS = 3_000;
const RETRY_AFTER_MS = 5_000;

type Clause = Readonly<Record<string, unknown>>;

/** Searches the index that the sink fills, and finds what the table finder finds. Throws UNAVAILABLE if the engine is away. */
export const openSearchFinder = (engine: OpenSearch): OrderFinder => ({
  async find({ text = '', ...query }, limit) {
    const filters = filtersOf(query);
    const range = numbersThatBegin(text);
    if (range !== undefined) {
      const byNumber = await ask(engine, [...filters, { range: { orderId: { gte: range[0], lte: range[1] } } }], limit);
      if (byNumber.orderIds.length > 0) return byNumber;
    }
    return ask(engine, text === '' ? filters : [...filters, fits(text)], limit);
  },
});

function filtersOf({ saleId, itemId, userId, status, from, to, before }: Omit<OrderQuery, 'text'>): Clause[] {
  const terms = Object.entries({ saleId, itemId, userId, status }).filter(([, value]) => value !== undefined);
  return [
    ...terms.map(([name, value]) => ({ term: { [name]: value } })),
    ...(from === undefined ? [] : [{ range: { createdAt: { gte: from } } }]),
    ...(to === undefined ? [] : [{ range: { createdAt: { lt: to } } }]),
    ...(before === undefined ? [] : [{ range: { orderId: { lt: before } } }]),
  ];
}

const fits = (text: string): Clause => ({
  bool: {
    should: [
      { prefix: { userId: text } },
      { bool: { filter: wordsOf(text).map((word) => ({ wildcard: { titles: `*${word.replace(/[\\*?]/g, '\\$&')}*` } })) } },
    ],
    minimum_should_match: 1,
  },
});

async function ask(engine: OpenSearch, filter: readonly Clause[], limit: number) {
  const path = `/${engine.index}/_search?filter_path=hits.hits._id`;
  const json = {
    query: { bool: { filter } },
    sort: [{ orderId: 'desc' }],
    // One more tells whether there is another page.
    size: limit + 1,
    _source: false,
    track_total_hits: false,
  };
  const answer = await engine.ask('POST', path, { json, withinMs: ANSWER_WITHIN_MS }).catch(() => undefined);
  if (answer === undefined) throw away(`The search engine at ${engine.host} does not answer.`);
  if (answer.status === 404)
    throw away(`The search engine at ${engine.host} has no index. Start the sink over: \`seckill sinks restart opensearch\`.`);
  if (answer.status !== 200) throw away(`${engine.refusal(answer)}.`);
  const { hits } = answer.body as { hits?: { hits?: { _id: string }[] } };
  const found = (hits?.hits ?? []).map(({ _id }) => _id);
  const orderIds = found.slice(0, limit);
  return { orderIds, next: found.length > limit ? orderIds.at(-1) : undefined };
}

const away = (sentence: string): Problem => new Problem('UNAVAILABLE', sentence, RETRY_AFTER_MS);
