import { KeptLines } from '../kept-lines.ts';

export type Service = 'mail' | 'sms' | 'hook';

/** Something that arrived, however often. */
export interface Received {
  service: Service;
  /** The mail's Message-ID, the text message's idempotency key, or the webhook's id. */
  key: string;
  times: number;
}

/** What arrived. Each arrival is in the file before it is answered. */
export class InboxBooks {
  readonly #received = new Map<string, Received>();
  readonly #lines: KeptLines<Pick<Received, 'service' | 'key'>>;

  constructor(path?: string) {
    this.#lines = new KeptLines(path);
    for (const line of this.#lines.read()) this.#count(line);
  }

  note(service: Service, key: string): void {
    this.#lines.append({ service, key });
    this.#count({ service, key });
  }

  all(): Received[] {
    return [...this.#received.values()];
  }

  close(): void {
    this.#lines.close();
  }

  #count({ service, key }: Pick<Received, 'service' | 'key'>): void {
    const id = `${service} ${key}`;
    const known = this.#received.get(id) ?? { service, key, times: 0 };
    this.#received.set(id, { ...known, times: known.times + 1 });
  }
}
