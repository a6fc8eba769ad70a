import { decodeOrderEvents, type OrderEvent, type OrderEventName } from 'seckill-core';
import { Type } from 'typebox';
import { type Lane, type ListenerTask, TaskRefused } from '../acting/acting-listener.ts';

/** Settings of every listener that writes to buyers. */
export const noticeSettings = {
  SHOP_NAME: Type.String({ minLength: 1, maxLength: 60, default: 'Seckill', description: 'a name of 1 to 60 characters' }),
  SHOP_TIME_ZONE: Type.String({ default: 'UTC', description: 'a time zone like Asia/Shanghai' }),
  SHOP_LOCALE: Type.Enum(['en', 'zh'], { default: 'en', description: 'en or zh, for buyers whose language is not known' }),
};

/** Returns the faults of the settings above. */
export function noticeFaults({ SHOP_TIME_ZONE: timeZone }: { SHOP_TIME_ZONE: string }): string[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return [];
  } catch {
    return [`SHOP_TIME_ZONE has to be a time zone like Asia/Shanghai; it is "${timeZone}".`];
  }
}

/** The events of which buyers get a notice. */
export const NOTICES = ['created', 'paid', 'cancelled', 'refunded', 'partly-refunded'] as const satisfies OrderEventName[];
export type NoticeName = (typeof NOTICES)[number];

export const isNotice = (event: string): event is NoticeName => NOTICES.some((each) => each === event);

/** A buyer waits for a notice for minutes, not for days. */
const DAY_MS = 24 * 60 * 60_000;

/** The lane of a listener that writes to buyers. */
export const noticeLane = (name: string, wanted: readonly NoticeName[], act: Lane['act']): Lane => ({
  name,
  wants: (kind) => kind.of === 'order' && wanted.some((each) => each === kind.event),
  atOnce: 8,
  answerWithinMs: 30_000,
  giveUpAfterMs: DAY_MS,
  longestPauseMs: 10 * 60_000,
  act,
});

/** Returns the order event of a task. Throws {@link TaskRefused} if this version cannot read it. */
export function orderEventOf({ event }: Pick<ListenerTask, 'event'>): OrderEvent & { event: NoticeName } {
  const { events, faults } = decodeOrderEvents(Buffer.from(`[${event}]`));
  const [read] = events;
  if (read === undefined || !isNotice(read.event)) throw new TaskRefused(faults[0]?.message ?? 'Not an event for buyers.');
  return read as OrderEvent & { event: NoticeName };
}

/** Why a buyer gets no notice; undefined if they get one. A notice that came too late would only confuse. */
export function whyNotTold(
  { event, amountCents, payBy }: Pick<OrderEvent, 'event' | 'amountCents' | 'payBy'>,
  now: number,
): string | undefined {
  if (event !== 'created') return undefined;
  if (amountCents === 0) return 'a free order has a notice when it is paid';
  return now >= payBy ? 'the time to pay is over' : undefined;
}
