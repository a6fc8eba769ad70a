import { UUID_PATTERN } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type StatementLine, StatementNotReady } from '../../provider.ts';
import { fromStripe } from './amounts.ts';
import type { StripeApi } from './stripe-api.ts';

const DAY_MS = 86_400_000;
const PAGE_TIMEOUT_MS = 30_000;

const id = Type.String({ pattern: UUID_PATTERN });
/** A charge or a refund. The transaction's own amount is in the account's currency, after exchange. */
const sourceShape = Compile(
  Type.Object({
    status: Type.String(),
    amount: Type.Integer({ minimum: 0 }),
    currency: Type.String({ pattern: '^[a-z]{3}$' }),
    metadata: Type.Object({ paymentId: id, refundId: Type.Optional(id) }),
  }),
);
const Transaction = Type.Object({
  id: Type.String(),
  type: Type.String(),
  created: Type.Integer(),
  source: Type.Union([Type.Null(), Type.String(), Type.Object({})]),
});
const pageShape = Compile(Type.Object({ data: Type.Array(Transaction), has_more: Type.Boolean() }));

const kinds: Readonly<Record<string, StatementLine['kind']>> = {
  charge: 'payment',
  payment: 'payment',
  refund: 'refund',
  payment_refund: 'refund',
};

/** Yields the payments and refunds of a day in UTC, from the balance transactions. */
export async function* readStatement(api: StripeApi, day: string): AsyncGenerator<StatementLine> {
  const from = Date.parse(`${day}T00:00:00Z`);
  if (Date.now() < from + DAY_MS) throw new StatementNotReady(`The day ${day} is not over.`);
  const created = { gte: from / 1_000, lt: (from + DAY_MS) / 1_000 };
  for (let after: string | undefined, more = true; more; ) {
    const query = { created, limit: 100, expand: ['data.source'], ...(after === undefined ? {} : { starting_after: after }) };
    const page = await api.read(
      'to list balance transactions',
      pageShape,
      performance.now() + PAGE_TIMEOUT_MS,
      (stripe, options) => stripe.balanceTransactions.list(query, options),
    );
    for (const transaction of page.data) yield* linesOf(transaction);
    after = page.data.at(-1)?.id;
    more = page.has_more && after !== undefined;
  }
}

function* linesOf({ type, source, created }: Static<typeof Transaction>): Generator<StatementLine> {
  const { [type]: kind } = kinds;
  if (kind === undefined || !sourceShape.Check(source)) return;
  const { status, amount, currency, metadata } = source;
  // Its money came back, or never came.
  if (status === 'failed' || status === 'canceled') return;
  const { paymentId, refundId } = metadata;
  const refund = refundId === undefined ? {} : { refundId };
  yield { kind, paymentId, ...refund, ...fromStripe(amount, currency), at: created * 1_000 };
}
