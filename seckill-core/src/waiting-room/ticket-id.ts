import { createHmac, timingSafeEqual } from 'node:crypto';
import { reservationIdOf, UUID_PATTERN } from '../domain/ids.ts';
import type { Lane } from './lanes.ts';
import { ENTRY_ID_LENGTH } from './rebuild-room.ts';

const MAC_LENGTH = 22;
const FORM = new RegExp(`^(${UUID_PATTERN.slice(1, -1)})\\.([np])([1-9][0-9]{0,9})\\.([A-Za-z0-9_-]{${MAC_LENGTH}})$`);

export interface TicketOfSale {
  saleId: string;
  lane: Lane;
  number: number;
}

/**
 * Makes and verifies ticket ids, `<saleId>.<lane><number>.<mac>`. The mac binds the user, so a ticket of a user has the same id from every gateway, and
 * is verified without Redis. Also makes entry ids, by which the published draw names its entries: only their users know them.
 */
export class TicketIds {
  readonly #secrets: readonly string[];

  /** Signs with `secret`. Verifies what was signed with either. */
  constructor(secret: string, previous?: string) {
    this.#secrets = previous === undefined ? [secret] : [secret, previous];
  }

  idOf({ saleId, lane, number }: TicketOfSale, userId: string): string {
    return `${saleId}.${lane}${number}.${this.#mac(this.#secrets[0], `${saleId}.${lane}${number}`, userId)}`;
  }

  /** Returns the ticket if it was given to this user, and undefined for any other text. */
  verify(ticketId: string, userId: string): TicketOfSale | undefined {
    const [, saleId = '', lane, number, mac = ''] = FORM.exec(ticketId) ?? [];
    if (saleId === '') return undefined;
    const given = Buffer.from(mac);
    const isOurs = this.#secrets.some((secret) =>
      timingSafeEqual(Buffer.from(this.#mac(secret, `${saleId}.${lane}${number}`, userId)), given),
    );
    return isOurs ? { saleId, lane: lane as Lane, number: Number(number) } : undefined;
  }

  /** 12 characters, the same for a user of a sale from every gateway. */
  entryIdOf(saleId: string, userId: string): string {
    return hmac(this.#secrets[0], `entry\n${saleId}\n${userId}`).slice(0, ENTRY_ID_LENGTH);
  }

  /**
   * The only reservation that a claim may win of an item. If a user cancels it, the unit goes to the next one in line, and not to another token of
   * the same claim. `at`: when the claim began, ms.
   */
  reservationOf(itemId: string, { saleId, lane, number }: TicketOfSale, userId: string, at: number): string {
    const digits = createHmac('sha256', this.#secrets[0] ?? '')
      .update(`claim\n${saleId}.${lane}${number}.${itemId}.${at}\n${userId}`)
      .digest('hex');
    return reservationIdOf(itemId, at, digits.slice(0, 14));
  }

  #mac(secret: string | undefined, ticket: string, userId: string): string {
    return hmac(secret, `ticket\n${ticket}\n${userId}`).slice(0, MAC_LENGTH);
  }
}

const hmac = (secret = '', text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
