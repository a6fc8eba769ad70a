import { hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;

/**
 * HMAC-SHA256 (RFC 2104) with one key, by two one-shot hashes over reused buffers: `createHmac` makes a native object for each call, and collecting them
 * cost a gateway 40 % of its requests (see docs/adr/0009). The test compares it with `createHmac`.
 */
export class Hmac {
  readonly #inner: Buffer;
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);
  /** For the bytes of what is signed. */
  readonly text: Buffer;

  /** `most`: bytes of the longest text. */
  constructor(secret: string, most: number) {
    this.#inner = Buffer.alloc(BLOCK + most);
    this.text = this.#inner.subarray(BLOCK);
    const key = Buffer.alloc(BLOCK);
    const bytes = Buffer.from(secret, 'utf8');
    (bytes.length > BLOCK ? hash('sha256', bytes, 'buffer') : bytes).copy(key);
    for (let i = 0; i < BLOCK; i += 1) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  /** Returns the mac of a text as base64url. Throws a RangeError if it is longer than `most`. */
  of(text: string): string {
    const length = Buffer.byteLength(text);
    if (length > this.text.length)
      throw new RangeError(`A text of ${length} bytes cannot be signed, at most ${this.text.length}.`);
    this.text.write(text, 'utf8');
    return this.ofBytes(this.viewOf(length));
  }

  /** Returns the block of the key and the first `length` bytes of the text, for {@link ofBytes}. */
  viewOf(length: number): Buffer {
    return this.#inner.subarray(0, BLOCK + length);
  }

  /** Returns the mac of the bytes of a view as base64url. */
  ofBytes(view: Buffer): string {
    // As a binary string: a Buffer for each call costs as much as the hashing.
    this.#outer.write(hash('sha256', view, 'binary'), BLOCK, 'latin1');
    return hash('sha256', this.#outer, 'base64url');
  }
}
