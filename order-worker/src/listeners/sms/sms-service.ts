import type { Attempt } from '../acting/acting-listener.ts';
import type { Language } from '../notices/order-words.ts';

/** A text message to one phone. */
export interface Sms {
  /** E.164, such as +8613800000000. */
  to: string;
  text: string;
  language: Language;
  /** Names the text, for services that send only texts that they know: `order.created`. */
  template: string;
  /** The idempotency key, the same at each attempt. */
  eventId: string;
}

/** Sends text messages. */
export interface SmsService {
  /** Resolves to what the log keeps. Rejects if it must be tried again; with a TaskRefused if the service will never send it. */
  send(sms: Sms, giveUpAt: number): Promise<Attempt>;
}
