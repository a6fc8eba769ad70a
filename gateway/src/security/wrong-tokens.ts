/** Enough for an operator whose scripts still have an old token to find that out. */
const FREE = 50;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** After this time without another wrong token, a client starts afresh. */
const FORGET_MS = 10 * 60_000;
/** About 2 MB. Beyond it the client that was seen first is forgotten. */
const CLIENTS = 10_000;

/** Counts the wrong operator tokens of each client. After {@link FREE} of them, each next one doubles the time in which none is compared. */
export class WrongTokens {
  readonly #clients = new Map<string, { count: number; at: number; until: number }>();

  /** How long the client has to wait, in ms; 0 if its token may be compared. Times are monotonic. */
  waitMs(client: string, now: number): number {
    return Math.max(0, (this.#clients.get(client)?.until ?? 0) - now);
  }

  add(client: string, now: number): void {
    const known = this.#clients.get(client);
    const count = known === undefined || now - known.at > FORGET_MS ? 1 : known.count + 1;
    const wait = count <= FREE ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE - 1));
    this.#clients.delete(client);
    this.#clients.set(client, { count, at: now, until: now + wait });
    const [first] = this.#clients.keys();
    if (this.#clients.size > CLIENTS && first !== undefined) this.#clients.delete(first);
  }

  forget(client: string): void {
    this.#clients.delete(client);
  }
}
