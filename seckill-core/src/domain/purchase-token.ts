import { hash, timingSafeEqual } from 'node:crypto';
import { RESERVATION_ID_PATTERN } from './ids.ts';
import { TEXT_PATTERN } from './text.ts';
import { isUserId, USER_ID_MAX_BYTES } from './user-id.ts';

/** The facts that a purchase token binds. The item is part of the reservation id. */
export interface PurchaseClaims {
  reservationId: string;
  userId: string;
  /** Unix seconds. */
  expiresAt: number;
}

const ID_LENGTH = 36;
const BLOCK = 64;
const DIGEST = 32;
const MAC_LENGTH = 43;
const USER_MAX_LENGTH = 1 + Math.ceil((USER_ID_MAX_BYTES * 4) / 3);
/** Longest token: id, expiry, the longest user id, mac. Its characters are all ASCII. */
export const PURCHASE_TOKEN_MAX_LENGTH = ID_LENGTH + 1 + 8 + 1 + USER_MAX_LENGTH + 1 + MAC_LENGTH;
/** What a request may name as its token. Half as dear to check as a `maxLength`, for which a validator counts characters. */
export const PURCHASE_TOKEN_PATTERN = TEXT_PATTERN.replace('*', `{0,${PURCHASE_TOKEN_MAX_LENGTH}}`);

/** Most user ids are written as they are. Any other is `!` and its bytes as base64url. */
const PLAIN_USER = /^[A-Za-z0-9_.@:+/=,~-]+$/;
const CODED_USER = '!';

/** There is one form only, so no second text passes for the same token. */
const FORM = new RegExp(
  `^(${bare(RESERVATION_ID_PATTERN)})\\.([0-9a-f]{8})\\.([A-Za-z0-9_.@:+/=,~-]{1,${USER_ID_MAX_BYTES}}|${CODED_USER}[A-Za-z0-9_-]{1,${USER_MAX_LENGTH - 1}})\\.([A-Za-z0-9_-]{${MAC_LENGTH}})$`,
);

function bare(pattern: string): string {
  return pattern.slice(1, -1);
}

/**
 * Signs and verifies `<reservationId>.<expiry>.<user>.<mac>`, mac = HMAC-SHA256 (RFC 2104) as base64url.
 *
 * The HMAC is two one-shot `crypto.hash` calls over reused buffers. `createHmac` makes a native object for each call, and collecting them
 * cost a gateway 40 % of its requests (see docs/adr). The test compares it with `createHmac`.
 */
export class PurchaseTokens {
  readonly #current: Mac;
  readonly #previous: Mac | undefined;
  readonly #expected = Buffer.alloc(MAC_LENGTH);
  readonly #given = Buffer.alloc(MAC_LENGTH);

  /** Signs with `secret`. Verifies what was signed with either. */
  constructor(secret: string, previous?: string) {
    this.#current = new Mac(secret);
    if (previous !== undefined) this.#previous = new Mac(previous);
  }

  /** Throws a RangeError for claims that no token can carry: malformed ids, or an expiry outside 1970 to 2106. */
  sign(claims: PurchaseClaims): string {
    const { reservationId, expiresAt, userId } = claims;
    if (!isUserId(userId))
      throw new RangeError(`No purchase token can be signed for reservation ${reservationId}: not a user id.`);
    const signed = `${reservationId}.${expiresAt.toString(16).padStart(8, '0')}.${encodeUser(userId)}`;
    const token = `${signed}.${this.#current.of(signed)}`;
    if (!FORM.test(token))
      throw new RangeError(`No purchase token can be signed for reservation ${reservationId} until ${expiresAt}.`);
    return token;
  }

  /** Returns the claims of a token that we signed, or undefined for any other text. The caller must check the expiry. */
  verify(token: string): PurchaseClaims | undefined {
    const parts = token.length > PURCHASE_TOKEN_MAX_LENGTH ? null : FORM.exec(token);
    if (parts === null) return undefined;
    const [, reservationId = '', expiry = '', user = '', mac = ''] = parts;
    const signed = token.slice(0, -MAC_LENGTH - 1);
    if (!this.#isBy(this.#current, signed, mac) && !this.#isBy(this.#previous, signed, mac)) return undefined;
    return { reservationId, expiresAt: Number.parseInt(expiry, 16), userId: decodeUser(user) };
  }

  #isBy(key: Mac | undefined, signed: string, mac: string): boolean {
    if (key === undefined) return false;
    this.#expected.write(key.of(signed), 'latin1');
    this.#given.write(mac, 'latin1');
    return timingSafeEqual(this.#expected, this.#given);
  }
}

/** HMAC-SHA256 (RFC 2104) with one key, by two one-shot hashes over reused buffers. */
class Mac {
  readonly #inner = Buffer.alloc(BLOCK + PURCHASE_TOKEN_MAX_LENGTH);
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);

  constructor(secret: string) {
    const key = Buffer.alloc(BLOCK);
    const bytes = Buffer.from(secret, 'utf8');
    (bytes.length > BLOCK ? hash('sha256', bytes, 'buffer') : bytes).copy(key);
    for (let i = 0; i < BLOCK; i += 1) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  of(signed: string): string {
    const length = this.#inner.write(signed, BLOCK, 'latin1');
    // As a binary string: a Buffer for each call costs as much as the hashing.
    this.#outer.write(hash('sha256', this.#inner.subarray(0, BLOCK + length), 'binary'), BLOCK, 'latin1');
    return hash('sha256', this.#outer, 'base64url');
  }
}

function encodeUser(userId: string): string {
  return PLAIN_USER.test(userId) ? userId : `${CODED_USER}${Buffer.from(userId).toString('base64url')}`;
}

function decodeUser(user: string): string {
  return user.startsWith(CODED_USER) ? Buffer.from(user.slice(1), 'base64url').toString() : user;
}
