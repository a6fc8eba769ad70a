import { type Static, Type } from 'typebox';
import { ItemId, ProviderNames, SaleId } from './fields.ts';
import { WaitingRoom } from './waiting-room.ts';

export const SaleStatus = Type.Union([
  Type.Literal('DRAFT'),
  Type.Literal('PUBLISHED'),
  Type.Literal('PAUSED'),
  Type.Literal('CLOSED'),
]);
/** What an operator decided. What buyers see also depends on the time: see {@link saleStateAt}. */
export type SaleStatus = Static<typeof SaleStatus>;

const Instant = Type.Integer({ description: 'milliseconds since 1970, UTC' });

export const ItemSettings = Type.Object({
  itemId: ItemId,
  title: Type.String(),
  priceCents: Type.Integer(),
  currency: Type.String(),
  stock: Type.Integer(),
  limitPerUser: Type.Integer(),
});
export type ItemSettings = Static<typeof ItemSettings>;

/** Everything the light path needs to know about a sale. It lives in Redis and in every gateway's memory. */
export const SaleSettings = Type.Object({
  saleId: SaleId,
  /** Grows with every change; a lower one never replaces a higher one. */
  version: Type.Integer(),
  title: Type.String(),
  status: SaleStatus,
  startsAt: Instant,
  endsAt: Instant,
  payTimeoutSeconds: Type.Integer(),
  tokenLeadSeconds: Type.Integer(),
  rateLimit: Type.Object({ ratePerSecond: Type.Integer(), burst: Type.Integer() }),
  /** Its winners get their orders before those of other sales when workers are behind. */
  priority: Type.Optional(Type.Boolean()),
  /** Absent if buyers buy without waiting for a turn. */
  admission: Type.Optional(Type.Union([Type.Literal('queue'), Type.Literal('draw')])),
  /** Present if `admission` is. */
  waitingRoom: Type.Optional(WaitingRoom),
  /** Absent if the sale offers all that the platform has. */
  paymentProviders: Type.Optional(ProviderNames),
  items: Type.Array(ItemSettings),
});
export type SaleSettings = Static<typeof SaleSettings>;

export const SaleState = Type.Union([
  Type.Literal('DRAFT'),
  Type.Literal('UPCOMING'),
  Type.Literal('LIVE'),
  Type.Literal('PAUSED'),
  Type.Literal('ENDED'),
]);
export type SaleState = Static<typeof SaleState>;

/** What a buyer sees of a sale at `now` (ms). A closed sale has ended; the start is inside the window, the end is not. */
export function saleStateAt(sale: Pick<SaleSettings, 'status' | 'startsAt' | 'endsAt'>, now: number): SaleState {
  if (sale.status === 'DRAFT') return 'DRAFT';
  if (sale.status === 'CLOSED' || now >= sale.endsAt) return 'ENDED';
  if (sale.status === 'PAUSED') return 'PAUSED';
  return now < sale.startsAt ? 'UPCOMING' : 'LIVE';
}

/** Which commands an operator may give in which status. */
export const SALE_COMMANDS = {
  publish: { from: ['DRAFT'], to: 'PUBLISHED' },
  pause: { from: ['PUBLISHED'], to: 'PAUSED' },
  resume: { from: ['PAUSED'], to: 'PUBLISHED' },
  close: { from: ['PUBLISHED', 'PAUSED'], to: 'CLOSED' },
} as const satisfies Record<string, { from: readonly SaleStatus[]; to: SaleStatus }>;
export type SaleCommand = keyof typeof SALE_COMMANDS;
