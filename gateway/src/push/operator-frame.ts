import { ItemId, Overview, SaleId } from 'seckill-core';
import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const Percentiles = Type.Object({ p50: Type.Number(), p95: Type.Number(), p99: Type.Number() });
const byOutcome = <Value extends Parameters<typeof Type.Record>[1]>(value: Value) => Type.Record(Type.String(), value);

/** One sale at one moment. The numbers from a worker are missing while none answers. */
const SaleFrame = Type.Object({
  saleId: SaleId,
  perSecond: byOutcome(Type.Number()),
  items: Type.Array(Type.Object({ itemId: ItemId, left: Type.Union([Count, Type.Null()]) })),
  orders: Type.Optional(Overview.properties.sales.items.properties.orders),
  outbox: Type.Optional(Count),
  deadlines: Overview.properties.sales.items.properties.deadlines,
});
export type SaleFrame = Static<typeof SaleFrame>;

const ProcessFrame = Type.Object({
  process: Type.Union([Type.Literal('gateway'), Type.Literal('order-worker')]),
  processId: Type.String(),
  ageSeconds: Count,
  cpu: Type.Number({ description: 'CPU use in cores.' }),
  busy: Type.Number({ description: 'Share of time in which the event loop was busy, 0 to 1.' }),
  rssBytes: Count,
  silentMs: Type.Integer({ minimum: 0, description: 'Time since its last pulse.' }),
  openStreams: Type.Optional(Count),
});
export type ProcessFrame = Static<typeof ProcessFrame>;

/** The whole platform at one moment. `answers` counts those to `POST /api/reservations` of all gateways. */
export const OperatorFrame = Type.Object({
  at: Type.Integer({ description: 'Ms since 1970, by the clock of Redis.' }),
  answers: byOutcome(Type.Object({ total: Count, perSecond: Type.Number() })),
  latencyMs: Type.Object({
    won: Type.Union([Percentiles, Type.Null()]),
    others: Type.Union([Percentiles, Type.Null()]),
  }),
  sales: Type.Array(SaleFrame),
  workerAnswers: Type.Boolean(),
  toldAt: Type.Optional(Type.Integer({ description: 'When the worker counted orders and queues, in ms since 1970.' })),
  queues: Overview.properties.queues,
  deadLetters: Type.Union([Count, Type.Null()]),
  refusedRefunds: Type.Union([Count, Type.Null()]),
  stuckSagas: Type.Optional(Count),
  failingWebhooks: Type.Optional(Count),
  disabledWebhooks: Type.Optional(Count),
  deadTasks: Type.Optional(Count),
  processes: Type.Array(ProcessFrame),
  wantedItems: Type.Optional(
    Type.Array(
      Type.Object({
        saleId: SaleId,
        itemId: ItemId,
        title: Type.String(),
        perSecond: Type.Number({ description: 'Attempts to buy it, on all gateways.' }),
        isHot: Type.Boolean({ description: 'Its orders wait for those of other items.' }),
      }),
      { description: 'The most wanted items of the last second, the first one first.' },
    ),
  ),
});
export type OperatorFrame = Static<typeof OperatorFrame>;
