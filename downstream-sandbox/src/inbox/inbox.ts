import { hash } from 'node:crypto';
import { parseJson } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { json, NEVER, type Request, type Served } from '../served.ts';
import type { InboxBooks } from './inbox-books.ts';

const Share = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));
const Faults = Type.Object(
  {
    /** Of what comes: refused for now. */
    refused: Share,
    /** Of what comes: taken, and never answered. */
    unanswered: Share,
  },
  { additionalProperties: false },
);
type Faults = Static<typeof Faults>;
const faults = Compile(Faults);

/** Where a buyer's mails and messages go. */
interface Address {
  email: string;
  phone: string;
  locale: 'en' | 'zh';
}

/** Takes what a shop tells its buyers and other programs: mails, text messages, webhooks. It also knows an address of every buyer. */
export class Inbox {
  readonly #books: InboxBooks;
  #faults: Faults = {};

  constructor(books: InboxBooks) {
    this.#books = books;
  }

  serve({ method, path, headers, body }: Request): Served {
    if (path === '/inbox') return json(200, { received: this.#books.all() });
    if (path === '/inbox/faults') return this.#changeFaults(method, body);
    if (method === 'GET' && path.startsWith('/contacts/')) return json(200, addressOf(decodeURIComponent(path.slice(10))));
    if (method === 'POST' && path === '/sms') return this.#take('sms', headers['idempotency-key']?.toString());
    if (method === 'POST' && path === '/hooks') return this.#take('hook', headers['webhook-id']?.toString());
    return json(404, { error: 'No service of the sandbox has this path.' });
  }

  /** Returns whether the mail server takes this mail now. */
  takeMail(messageId: string): boolean {
    if (Math.random() < (this.#faults.refused ?? 0)) return false;
    this.#books.note('mail', messageId);
    return true;
  }

  #take(service: 'sms' | 'hook', key: string | undefined): Served {
    if (key === undefined) return json(400, { error: 'The request has no id.' });
    const { refused = 0, unanswered = 0 } = this.#faults;
    if (Math.random() < refused) return json(503, { error: 'The inbox was asked to refuse some.' });
    this.#books.note(service, key);
    return Math.random() < unanswered ? NEVER : json(200, {});
  }

  #changeFaults(method: string, body: Buffer): Served {
    if (method !== 'POST') return json(200, this.#faults);
    const value = parseJson(body);
    if (!faults.Check(value)) return json(400, { error: 'Faults are an object with some of refused, unanswered.' });
    this.#faults = value;
    return json(200, value);
  }
}

/** The same for a user each time. Half of the buyers read Chinese. */
function addressOf(userId: string): Address {
  const digest = hash('sha256', userId);
  const digits = BigInt(`0x${digest.slice(0, 12)}`) % 10_000_000_000n;
  return {
    email: `${digest.slice(0, 12)}@buyers.example`,
    phone: `+861${String(digits).padStart(10, '0')}`,
    locale: digits % 2n === 0n ? 'zh' : 'en',
  };
}
