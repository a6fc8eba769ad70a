import type { AdminOrder } from 'seckill-core';
import { expect, test } from 'vitest';
import { checkDownstream } from '../downstream/check-books.ts';
import type { DownstreamBooks } from '../downstream/read-books.ts';

type Saga = NonNullable<AdminOrder['saga']>;

const order = (orderId: string, status: 'PAID' | 'REFUNDED', saga: Partial<Saga>): AdminOrder =>
  ({ orderId, status, saga }) as unknown as AdminOrder;
const steps = (state: string, fulfilment: string) =>
  [
    { name: 'points', state },
    { name: 'coupon', state },
    { name: 'fulfilment', state: fulfilment },
  ] as Saga['steps'];

/** Order a was shipped; order b was refused. */
function books(): { [Key in keyof DownstreamBooks]: DownstreamBooks[Key] } & {
  mails: Map<string, number>;
  hooks: Map<string, number>;
} {
  const ids = ['created:a', 'paid:a', 'created:b', 'paid:b', 'refunded:b'];
  const events = new Map(ids.map((id) => [id, { orderId: id.slice(-1), name: id.slice(0, -2) }]));
  const mail = (id: string) => `<${id.replace(':', '.')}@shop.example>`;
  return {
    events,
    paidOrders: [
      order('a', 'PAID', { state: 'COMPLETED', steps: steps('DONE', 'DONE') }),
      order('b', 'REFUNDED', { state: 'COMPENSATED', steps: steps('UNDONE', 'REFUSED') }),
    ],
    mails: new Map(ids.map((id) => [mail(id), 1])),
    messages: new Map(['paid:a', 'paid:b', 'refunded:b'].map((id) => [id, 1])),
    hooks: new Map(ids.map((id) => [id, 2])),
    shipments: new Map([
      ['a', 'accepted'],
      ['b', 'refused'],
    ]),
  };
}

const failing = (changed: DownstreamBooks, options = {}) =>
  checkDownstream(changed, options).flatMap(({ name, holds }) => (holds ? [] : [name]));

test('books that agree hold, also if a webhook came twice and a mail about an unpaid order never', () => {
  const right = books();
  right.mails.delete('<created.a@shop.example>');
  expect(failing(right)).toEqual([]);
});

test.each<[string, (wrong: ReturnType<typeof books>) => void, string]>([
  ['a webhook that is missing', ({ hooks }) => hooks.delete('paid:a'), 'webhook receiver'],
  ['a webhook of no event', ({ hooks }) => hooks.set('paid:c', 1), 'webhook receiver'],
  ['a mail that is missing', ({ mails }) => mails.delete('<paid.a@shop.example>'), 'written to'],
  ['a mail that came twice', ({ mails }) => mails.set('<paid.a@shop.example>', 2), 'written to'],
  ['a message that is missing', (wrong) => Object.assign(wrong, { messages: new Map([['paid:a', 1]]) }), 'text messages'],
  ['a paid order without a shipment', (wrong) => Object.assign(wrong, { shipments: new Map() }), 'ships what is paid'],
  [
    'a shipment of a refunded order',
    (wrong) =>
      Object.assign(wrong, {
        shipments: new Map([
          ['a', 'accepted'],
          ['b', 'accepted'],
        ]),
      }),
    'ships what is paid',
  ],
  [
    'points that a refunded order keeps',
    (wrong) =>
      Object.assign(wrong, {
        paidOrders: [order('b', 'REFUNDED', { state: 'COMPENSATED', steps: steps('DONE', 'REFUSED') })],
        shipments: new Map(),
      }),
    'points, coupon and shipment',
  ],
])('%s is found', (_, damage, name) => {
  const wrong = books();
  damage(wrong);
  expect(failing(wrong)).toEqual([expect.stringContaining(name)]);
});

test('after a crash a mail may come twice, with the same Message-ID', () => {
  const twice = books();
  twice.mails.set('<paid.a@shop.example>', 2);
  expect(failing(twice, { mayRepeat: true })).toEqual([]);
});
