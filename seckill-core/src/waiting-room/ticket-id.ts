import { timingSafeEqual } from 'node:crypto';
import { Hmac } from '../domain/hmac.ts';
import { reservationIdOf, UUID_PATTERN } from '../domain/ids.ts';
import { USER_ID_MAX_BYTES } from '../domain/user-id.ts';
import type { Lane } from './lanes.ts';
import { ENTRY_ID_LENGTH } from './rebuild-room.ts';

const MAC_LENGTH = 22;
/** The longest user id, and what stands before it. */
const SIGNED_MAX_BYTES = USER_ID_MAX_BYTES + 100;
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
  readonly #current: Hmac;
  readonly #all: readonly Hmac[];

  /** Signs with `secret`. Verifies what was signed with either. */
  constructor(secret: string, previous?: string) {
    this.#current = new Hmac(secret, SIGNED_MAX_BYTES);
    this.#all = previous === undefined ? [this.#current] : [this.#current, new Hmac(previous, SIGNED_MAX_BYTES)];
  }

  idOf({ saleId, lane, number }: TicketOfSale, userId: string): string {
    return `${saleId}.${lane}${number}.${macOf(this.#current, `${saleId}.${lane}${number}`, userId)}`;
  }

  /** Returns the ticket if it was given to this user, and undefined for any other text. */
  verify(ticketId: string, userId: string): TicketOfSale | undefined {
    const [, saleId = '', lane, number, mac = ''] = FORM.exec(ticketId) ?? [];
    if (saleId === '') return undefined;
    const given = Buffer.from(mac);
    const isOurs = this.#all.some((hmac) =>
      timingSafeEqual(Buffer.from(macOf(hmac, `${saleId}.${lane}${number}`, userId)), given),
    );
    return isOurs ? { saleId, lane: lane as Lane, number: Number(number) } : undefined;
  }

  /** 12 characters, the same for a user of a sale from every gateway. */
  entryIdOf(saleId: string, userId: string): string {
    return this.#current.of(`entry\n${saleId}\n${userId}`).slice(0, ENTRY_ID_LENGTH);
  }

  /**
   * The only reservation that a claim may win of an item. If a user cancels it, the unit goes to the next one in line, and not to another token of
   * the same claim. `at`: when the claim began, ms.
   */
  reservationOf(itemId: string, { saleId, lane, number }: TicketOfSale, userId: string, at: number): string {
    const mac = this.#current.of(`claim\n${saleId}.${lane}${number}.${itemId}.${at}\n${userId}`);
    const digits = Buffer.from(mac, 'base64url').toString('hex');
    return reservationIdOf(itemId, at, digits.slice(0, 14));
  }
}

const macOf = (hmac: Hmac, ticket: string, userId: string): string =>
  hmac.of(`ticket\n${ticket}\n${userId}`).slice(0, MAC_LENGTH);
