import { type Static, type TObject, Type } from 'typebox';
import { Count, Currency, ItemId, SaleId } from '../domain/fields.ts';
import { MalformedMessage, parseMessage, reader } from './define-event.ts';

/** What operators do with a sale. */
const SALE_CHANGES = ['published', 'changed', 'paused', 'resumed', 'closed'] as const;
export type SaleChange = (typeof SALE_CHANGES)[number];

/** What happens to an item while its sale runs. */
const ITEM_CHANGES = ['sold-out', 'restocked'] as const;
export type ItemChange = (typeof ITEM_CHANGES)[number];

export const SALE_EVENTS = [...SALE_CHANGES, ...ITEM_CHANGES] as const;
export type SaleEventName = (typeof SALE_EVENTS)[number];

const NAME = 'sale event';
const Time = Type.String({ description: 'RFC 3339, UTC' });

/** What an event says of a sale: what buyers see of it. */
export const SaleOfEvent = Type.Object({
  saleId: { ...SaleId, description: 'the sale' },
  version: Type.Integer({ minimum: 0, description: "the sale's version, which grows with every change of the sale" }),
  title: Type.String({ description: 'as buyers see it' }),
  startsAt: { ...Time, description: 'from when units can be won, RFC 3339, UTC' },
  endsAt: { ...Time, description: 'from when no unit can be won any more, RFC 3339, UTC' },
  payTimeoutSeconds: Type.Integer({ minimum: 0, description: 'how long a buyer may take to pay, in seconds' }),
  items: Type.Array(
    Type.Object({
      itemId: { ...ItemId, description: 'the item' },
      title: Type.String({ description: 'as buyers see it' }),
      priceCents: { ...Count, description: "the price of a unit, in the currency's minor unit" },
      currency: Currency,
      stock: Type.Integer({ minimum: 0, description: 'all units of the item, those that are sold included' }),
      limitPerUser: { ...Count, description: 'how many units a buyer may hold' },
    }),
    { description: 'all items of the sale; of a sold-out or restocked event, that item' },
  ),
  itemId: Type.Optional({ ...ItemId, description: 'the item that a sold-out or restocked event is about' }),
});
export type SaleOfEvent = Static<typeof SaleOfEvent>;

/** A fact of a sale's life, for every listener. */
export interface SaleEvent {
  event: SaleEventName;
  /** The same however often the event is published. */
  id: string;
  /** When it happened, on PostgreSQL's clock, ms. */
  at: number;
  sale: SaleOfEvent;
}

/** The CloudEvents type, with its version. */
export const typeOfSaleEvent = (event: SaleEventName): string => `seckill.sale.${event}.v1`;
const NAMES: ReadonlyMap<string, SaleEventName> = new Map(SALE_EVENTS.map((name) => [typeOfSaleEvent(name), name]));

const envelope = {
  specversion: Type.Literal('1.0'),
  id: Type.String({
    description:
      'unique in its source, and the same in every copy: `<event>:<sale id>:<version>`, or `<event>:<sale id>:<item id>:<turn>` for an item',
  }),
  source: Type.String({ description: '`/seckill/sales/<sale id>`' }),
  subject: { ...SaleId, description: 'the sale' },
  time: { ...Time, description: 'when it happened, RFC 3339, UTC' },
  datacontenttype: Type.Literal('application/json'),
};

/** A sale event in the form of CloudEvents 1.0. */
const CloudEvent = Type.Object({ ...envelope, type: Type.Enum([...NAMES.keys()]), data: SaleOfEvent });

/** The schema of one event, as it is written: stricter than the one that reads. */
export function saleEventSchema(event: SaleEventName): TObject {
  const { itemId, ...data } = SaleOfEvent.properties;
  const ofItem = ITEM_CHANGES.some((each) => each === event);
  return Type.Object({
    ...envelope,
    type: Type.Literal(typeOfSaleEvent(event)),
    data: Type.Object(ofItem ? { ...data, itemId: { ...ItemId, description: 'the item that it is about' } } : data),
  });
}
const readCloudEvent = reader(NAME, CloudEvent);

/** The JSON of one event. */
export const encodeSaleEvent = ({ event, id, at, sale }: SaleEvent): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: `/seckill/sales/${sale.saleId}`,
    type: typeOfSaleEvent(event),
    subject: sale.saleId,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: sale,
  } satisfies Static<typeof CloudEvent>);

export const saleEvent = {
  subjects: 'seckill.sale.*.*',
  subject: ({ event, saleId }: { event: SaleEventName; saleId: string }) => `seckill.sale.${event}.${saleId}`,
  owns: (subject: string): boolean => subject.startsWith('seckill.sale.'),
  /** The message of one event: an array, like a message of order events. */
  encode: (event: SaleEvent): string => `[${encodeSaleEvent(event)}]`,
  /** Throws {@link MalformedMessage}, also for a type that this version does not know. */
  decode: (data: Uint8Array): SaleEvent[] => {
    const value = parseMessage(NAME, data);
    if (!Array.isArray(value)) throw new MalformedMessage(`Not a ${NAME}: the message is no array.`);
    return value.map((each) => {
      const { id, type, time, data: sale } = readCloudEvent(each);
      const at = Date.parse(time);
      if (Number.isNaN(at)) throw new MalformedMessage(`Not a ${NAME}: its time is none.`);
      return { event: NAMES.get(type) as SaleEventName, id, at, sale };
    });
  },
};
