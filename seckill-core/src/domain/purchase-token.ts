import { timingSafeEqual } from 'node:crypto';
import { Hmac } from './hmac.ts';
import { RESERVATION_ID_PATTERN } from './ids.ts';
import { NO_RISK, type RiskGrade } from './risk/risk-grade.ts';
import { TEXT_PATTERN } from './text.ts';
import { isUserId, USER_ID_MAX_BYTES } from './user-id.ts';

/** The facts that a purchase token binds. The item is part of the reservation id. */
export interface PurchaseClaims {
  reservationId: string;
  userId: string;
  /** Unix seconds. */
  expiresAt: number;
  /** If the buyer wins, the order is made before those of others. */
  priority?: boolean;
  /** What risk control found when the token was given out. Absent means none. */
  grade?: RiskGrade;
}

const ID_LENGTH = 36;
const EXPIRY_AT = ID_LENGTH + 1;
const USER_AT = EXPIRY_AT + 8 + 1;
const DOT = 0x2e;
/**
 * The character before the user, by grade: of a token without and with priority. An older gateway reads any but `+` as a dot: no priority, no
 * grade.
 */
const MARKS = ['.abcdefghijk', '+ABCDEFGHIJK'] as const;
/** What a mark stands for, by its character code. */
const MEANINGS: readonly { priority: boolean; grade: RiskGrade }[] = meaningsOf();
const MAC_LENGTH = 43;
const USER_MAX_LENGTH = 1 + Math.ceil((USER_ID_MAX_BYTES * 4) / 3);
/** Longest token: id, expiry, the longest user id, mac. Its characters are all ASCII. */
export const PURCHASE_TOKEN_MAX_LENGTH = ID_LENGTH + 1 + 8 + 1 + USER_MAX_LENGTH + 1 + MAC_LENGTH;
/** What a request may name as its token. Half as dear to check as a `maxLength`, for which a validator counts characters. */
export const PURCHASE_TOKEN_PATTERN = TEXT_PATTERN.replace('*', `{0,${PURCHASE_TOKEN_MAX_LENGTH}}`);

/** Most user ids are written as they are. Any other is `!` and its bytes as base64url. */
const PLAIN_USER = /^[A-Za-z0-9_.@:+/=,~-]+$/;
const CODED_USER = '!';

/** What is signed. There is one form only, so no second text passes for the same token. */
const FORM = new RegExp(
  `^${bare(RESERVATION_ID_PATTERN)}\\.[0-9a-f]{8}[${MARKS.join('')}](?:[A-Za-z0-9_.@:+/=,~-]{1,${USER_ID_MAX_BYTES}}|${CODED_USER}[A-Za-z0-9_-]{1,${USER_MAX_LENGTH - 1}})$`,
);

function bare(pattern: string): string {
  return pattern.slice(1, -1);
}

function meaningsOf(): { priority: boolean; grade: RiskGrade }[] {
  const meanings = Array.from({ length: 128 }, () => ({ priority: false, grade: NO_RISK }));
  for (const [priority, marks] of MARKS.entries()) {
    for (const [grade, mark] of [...marks].entries()) meanings[mark.charCodeAt(0)] = { priority: priority === 1, grade };
  }
  return meanings;
}

/**
 * Signs and verifies `<reservationId>.<expiry>.<user>.<mac>`, with another mark than a dot before the user if the buyer has priority or
 * risk control found something; mac = HMAC-SHA256 (RFC 2104) as base64url.
 */
export class PurchaseTokens {
  readonly #current: Mac;
  readonly #previous: Mac | undefined;

  /** Signs with `secret`. Verifies what was signed with either. */
  constructor(secret: string, previous?: string) {
    this.#current = new Mac(secret);
    if (previous !== undefined) this.#previous = new Mac(previous);
  }

  /** Throws a RangeError for claims that no token can carry: malformed ids, or an expiry outside 1970 to 2106. */
  sign(claims: PurchaseClaims): string {
    const { reservationId, expiresAt, userId, priority = false, grade = NO_RISK } = claims;
    if (!isUserId(userId))
      throw new RangeError(`No purchase token can be signed for reservation ${reservationId}: not a user id.`);
    const mark = MARKS[priority ? 1 : 0][grade];
    const signed = `${reservationId}.${expiresAt.toString(16).padStart(8, '0')}${mark}${encodeUser(userId)}`;
    if (!FORM.test(signed))
      throw new RangeError(
        `No purchase token of grade ${grade} can be signed for reservation ${reservationId} until ${expiresAt}.`,
      );
    return `${signed}.${this.#current.of(signed)}`;
  }

  /** Returns the claims of a token that we signed, or undefined for any other text. The caller must check the expiry. */
  verify(token: string): Required<PurchaseClaims> | undefined {
    const end = token.length - MAC_LENGTH - 1;
    if (end < USER_AT || token.length > PURCHASE_TOKEN_MAX_LENGTH || token.charCodeAt(end) !== DOT) return undefined;
    if (!this.#current.isOf(token) && this.#previous?.isOf(token) !== true) return undefined;
    // No check of its form: only such texts are signed.
    const expiresAt = Number.parseInt(token.slice(EXPIRY_AT, USER_AT - 1), 16);
    const { priority, grade } = MEANINGS[token.charCodeAt(USER_AT - 1)] as Required<Pick<PurchaseClaims, 'priority' | 'grade'>>;
    return {
      reservationId: token.slice(0, ID_LENGTH),
      expiresAt,
      userId: decodeUser(token.slice(USER_AT, end)),
      priority,
      grade,
    };
  }
}

/** A text in the hash's buffer: what is hashed, and the last bytes of the text. */
interface Views {
  readonly signed: Buffer;
  readonly mac: Buffer;
}

/** Signs and verifies with one key. */
class Mac {
  readonly #hmac: Hmac;
  readonly #expected = Buffer.alloc(MAC_LENGTH);
  /** By the length of the token. */
  readonly #views: Views[] = [];

  constructor(secret: string) {
    this.#hmac = new Hmac(secret, PURCHASE_TOKEN_MAX_LENGTH);
  }

  of(signed: string): string {
    return this.#hmac.of(signed);
  }

  /** Returns whether the token ends with the mac of what is before it. */
  isOf(token: string): boolean {
    // As UTF-8, a character that is not ASCII takes more than one byte.
    if (this.#hmac.text.write(token, 'utf8') !== token.length) return false;
    this.#views[token.length] ??= this.#viewsOf(token.length);
    const { signed, mac } = this.#views[token.length] as Views;
    this.#expected.write(this.#hmac.ofBytes(signed), 'latin1');
    return timingSafeEqual(this.#expected, mac);
  }

  #viewsOf(length: number): Views {
    return {
      signed: this.#hmac.viewOf(length - MAC_LENGTH - 1),
      mac: this.#hmac.text.subarray(length - MAC_LENGTH, length),
    };
  }
}

function encodeUser(userId: string): string {
  return PLAIN_USER.test(userId) ? userId : `${CODED_USER}${Buffer.from(userId).toString('base64url')}`;
}

function decodeUser(user: string): string {
  return user.startsWith(CODED_USER) ? Buffer.from(user.slice(1), 'base64url').toString() : user;
}
