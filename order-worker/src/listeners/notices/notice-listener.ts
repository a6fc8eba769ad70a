import type { Static, TObject } from 'typebox';
import { contactFinder, type contactSettings } from '../../contacts/find-contact.ts';
import { acting } from '../acting/acting.ts';
import { type Attempt, type ListenerTask, TaskPostponed } from '../acting/acting-listener.ts';
import type { ListenerParts } from '../listener-module.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import { itemTitles } from './item-titles.ts';
import { type NoticeName, noticeLane, type noticeSettings, orderEventOf, whyNotTold } from './notices.ts';
import { type Language, languageOf, type Told, type Words, wordsFor } from './order-words.ts';

export type NoticeSettings = Static<TObject<typeof contactSettings & typeof noticeSettings>>;

/** A notice to a buyer, with its address. */
export interface Notice {
  /** The idempotency key. */
  eventId: string;
  event: Told;
  /** The buyer's mail address or phone number. */
  address: string;
  language: Language;
  words: Words;
  /** The page of the order. */
  url: string;
}

/** A way to reach buyers. */
export interface NoticeChannel {
  /** The listener's name. */
  name: string;
  /** Which of a buyer's addresses it writes to. */
  to: 'email' | 'phone';
  wanted: readonly NoticeName[];
  /** Resolves to what the log keeps: never the address. Rejects as a lane's `act` does. */
  send(notice: Notice, giveUpAt: number): Promise<Attempt>;
}

/** An address that is not known yet may still come: the gateways send what they collect within a second. */
const ADDRESS_TRIES = 3;
const ADDRESS_PAUSE_MS = 5_000;

/** Makes a listener that tells buyers what happens to their orders. */
export function noticeListener(
  { name, to, wanted, send }: NoticeChannel,
  settings: NoticeSettings,
  { prisma, publicUrl }: Pick<ListenerParts, 'prisma' | 'publicUrl'>,
): OrderListener {
  const { SHOP_NAME: shop, SHOP_TIME_ZONE: timeZone, SHOP_LOCALE: usual } = settings;
  const findContact = contactFinder(settings, prisma);
  const titleOf = itemTitles(prisma);
  const act = async (task: ListenerTask, giveUpAt: number): Promise<Attempt> => {
    const event = orderEventOf(task);
    const skipped = whyNotTold(event, Date.now());
    if (skipped !== undefined) return { skipped };
    const { [to]: address, locale } = await findContact(event.userId, giveUpAt);
    if (address === undefined) {
      if (task.attempts < ADDRESS_TRIES) throw new TaskPostponed(`The ${to} of the buyer is not known yet.`, ADDRESS_PAUSE_MS);
      return { skipped: `no ${to} is known` };
    }
    const language = languageOf(locale, usual);
    const words = wordsFor(event, language, { shop, item: await titleOf(event.itemId), timeZone });
    const url = `${publicUrl}/orders#${event.orderId}`;
    return send({ eventId: task.eventId, event, address, language, words, url }, giveUpAt);
  };
  return acting({ name, lanes: () => [noticeLane(name, wanted, act)] });
}
