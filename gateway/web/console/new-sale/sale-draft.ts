import { decimalOf, isCurrency, MOST_CENTS, minorUnitsOf } from 'seckill-core/currency';
import type { NewSale } from '../../shared/api/contract.ts';
import { amountHint } from '../parts/amount-hint.ts';
import { admissionOf, checkAdmission, OPEN, type RoomDraft } from './room-draft.ts';

/** The form as typed. Text only, because a half-typed number is not a number. */
export interface SaleDraft {
  title: string;
  /** A `datetime-local` value, in the operator's time zone. */
  startsAt: string;
  endsAt: string;
  payMinutes: string;
  leadMinutes: string;
  ratePerSecond: string;
  burst: string;
  /** Orders of this sale are made before those of other sales. */
  hasPriority: boolean;
  room: RoomDraft;
  /** Empty if the sale offers all. */
  paymentProviders: string[];
  items: ItemDraft[];
}

export interface ItemDraft {
  /** Identifies the item on the page; never sent. */
  key: number;
  title: string;
  price: string;
  currency: string;
  stock: string;
  limitPerUser: string;
}

export interface Fault {
  /** The field's id. */
  field: string;
  text: string;
}

let nextKey = 0;

export function newItem(currency = 'EUR'): ItemDraft {
  nextKey += 1;
  return { key: nextKey, title: '', price: '', currency, stock: '100', limitPerUser: '1' };
}

/** The default draft starts in 15 minutes, rounded up to five, and runs for an hour. */
export function newDraft(now: number): SaleDraft {
  const step = 5 * 60_000;
  const start = Math.ceil((now + 15 * 60_000) / step) * step;
  return {
    title: '',
    startsAt: localTime(start),
    endsAt: localTime(start + 3_600_000),
    payMinutes: '15',
    leadMinutes: '5',
    ratePerSecond: '1000',
    burst: '1000',
    hasPriority: false,
    room: { ...OPEN },
    paymentProviders: [],
    items: [newItem()],
  };
}

function localTime(time: number): string {
  const date = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}

/** The request body. Only for a draft without faults. */
export function saleOf(draft: SaleDraft): NewSale {
  return {
    title: draft.title.trim(),
    startsAt: new Date(draft.startsAt).toISOString(),
    endsAt: new Date(draft.endsAt).toISOString(),
    payTimeoutSeconds: Math.round(Number(draft.payMinutes) * 60),
    tokenLeadSeconds: Math.round(Number(draft.leadMinutes) * 60),
    rateLimit: { ratePerSecond: Number(draft.ratePerSecond), burst: Number(draft.burst) },
    ...(draft.hasPriority ? { priority: true } : {}),
    ...admissionOf(draft.room),
    ...(draft.paymentProviders.length === 0 ? {} : { paymentProviders: [...draft.paymentProviders] }),
    items: draft.items.map(({ title, price, currency, stock, limitPerUser }) => ({
      title: title.trim(),
      priceCents: minorUnitsOf(price, currency) ?? 0,
      currency,
      stock: Number(stock),
      limitPerUser: Number(limitPerUser),
    })),
  };
}

/** What the API would refuse, or what is certainly a mistake, in the order of the fields. */
export function faultsOf(draft: SaleDraft, now: number): Fault[] {
  const faults: Fault[] = [];
  const check = (isRight: boolean, field: string, text: string) => {
    if (!isRight) faults.push({ field, text });
  };
  const whole = (text: string, least: number, most: number) =>
    /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
  const starts = Date.parse(draft.startsAt);
  const ends = Date.parse(draft.endsAt);
  check(draft.title.trim() !== '', 'title', 'Enter a title.');
  check(!Number.isNaN(starts), 'startsAt', 'Enter a start time.');
  check(!(starts < now), 'startsAt', 'This time is in the past.');
  check(!Number.isNaN(ends), 'endsAt', 'Enter an end time.');
  check(!(ends <= starts), 'endsAt', 'The end must be after the start.');
  check(
    Number(draft.payMinutes) > 0 && Number(draft.payMinutes) <= 10_080,
    'payMinutes',
    'Between a second (0.02) and a week (10 080).',
  );
  check(
    draft.leadMinutes !== '' && Number(draft.leadMinutes) >= 0 && Number(draft.leadMinutes) <= 1_440,
    'leadMinutes',
    'Between 0 and 1 440 minutes.',
  );
  check(whole(draft.ratePerSecond, 1, 1_000_000), 'ratePerSecond', 'A whole number from 1 to 1 000 000.');
  check(whole(draft.burst, 1, 1_000_000), 'burst', 'A whole number from 1 to 1 000 000.');
  checkAdmission(draft.room, starts, check);
  for (const [i, item] of draft.items.entries()) {
    check(item.title.trim() !== '', `item-${i}-title`, 'Enter a name.');
    const priceCents = minorUnitsOf(item.price, item.currency);
    check(priceCents !== undefined, `item-${i}-price`, amountHint('a price', item.currency));
    check((priceCents ?? 0) <= MOST_CENTS, `item-${i}-price`, `At most ${decimalOf(MOST_CENTS, item.currency)}.`);
    check(isCurrency(item.currency), `item-${i}-currency`, 'Enter a code of ISO 4217, like EUR or CNY.');
    check(whole(item.stock, 1, 10_000_000), `item-${i}-stock`, 'A whole number from 1 to 10 000 000.');
    check(whole(item.limitPerUser, 1, 1_000_000), `item-${i}-limit`, 'A whole number, at least 1.');
    check(
      !(Number(item.stock) > 0 && Number(item.limitPerUser) > Number(item.stock)),
      `item-${i}-limit`,
      'This is more than the stock.',
    );
  }
  return faults;
}
