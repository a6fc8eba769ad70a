import { CLAIM_GRACE_MS, LANES, type Lane, type SaleWithRoom, type TakeUpAnswer, type TicketRecord } from 'seckill-core';

interface Person extends TicketRecord {
  userId: string;
}

/** A second, plain implementation of the scripts: one entry for each turn, and one loop for each person. */
export class RoomModel {
  readonly sale: SaleWithRoom;
  now = 0;
  readonly tickets = new Map<string, Person>();
  readonly joined: Record<Lane, number> = { n: 0, p: 0 };
  readonly served: Record<Lane, number> = { n: 0, p: 0 };
  entries: Record<Lane, number> | undefined;
  /** Until when a claim counts, by user. */
  readonly claims = new Map<string, number>();
  /** Every turn that was given: by lane and place, when, and whether it was taken up. Those of a group last equally long. */
  readonly turns = new Map<string, { lane: Lane; group: number; at: number; taken: boolean }>();
  #groups = 0;
  bucket: { thousandths: number; at: number } | undefined;
  credit = 0;
  /** The places of those who were shuffled, as the test has computed them. */
  shuffled: Record<Lane, Uint32Array | undefined> = { n: undefined, p: undefined };

  constructor(sale: SaleWithRoom) {
    this.sale = sale;
  }

  placeOf({ lane, number }: TicketRecord): number {
    return number <= (this.entries?.[lane] ?? 0) ? (this.shuffled[lane]?.[number - 1] ?? 0) : number;
  }

  /** Returns lane and number of the user's ticket, or `closed`. `over` is a ticket that the caller believes to have ended. */
  join(userId: string, lane: Lane, over: TicketRecord | undefined): string {
    this.#closeEntries();
    const ticket = this.tickets.get(userId);
    const isRefused = ticket === undefined && this.sale.admission === 'draw' && this.entries !== undefined;
    if (isRefused) return 'closed';
    const isOver = ticket !== undefined && over !== undefined && ticket.mark === over.mark && this.#isOver(ticket);
    if (ticket !== undefined && !isOver) return `${ticket.lane}${ticket.number}`;
    this.joined[lane] += 1;
    this.tickets.set(userId, { userId, lane, number: this.joined[lane], mark: 'WAITING' });
    return `${lane}${this.joined[lane]}`;
  }

  #isOver(ticket: Person): boolean {
    if (ticket.mark === 'USED') return true;
    if (ticket.mark === 'ADMITTED') return (this.claims.get(ticket.userId) ?? 0) <= this.now;
    return this.placeOf(ticket) <= this.served[ticket.lane] && this.#liveTurn(ticket) === undefined;
  }

  /** Returns how many turns each lane gets. */
  tick(units: { left: number; at: number } | undefined): Record<Lane, number> {
    this.#closeEntries();
    const given = { n: 0, p: 0 };
    for (const [userId, until] of this.claims) if (until <= this.now) this.claims.delete(userId);
    const tokens = this.#tokens();
    if (this.entries === undefined || this.now < this.sale.startsAt || !this.#isShuffled) return given;
    let free = this.#free(units);
    let rate = this.sale.admission === 'draw' ? Number.POSITIVE_INFINITY : Math.floor(tokens / 1_000);
    while (free >= 1 && rate >= 1) {
      const lane = this.#nextLane(given);
      if (lane === undefined) break;
      given[lane] += 1;
      free -= 1;
      rate -= 1;
    }
    const total = given.n + given.p;
    if (total === 0) return given;
    this.bucket = { thousandths: tokens - total * 1_000, at: this.now };
    this.#dropStale();
    for (const lane of LANES) this.#give(lane, given[lane]);
    return given;
  }

  get #isShuffled(): boolean {
    return LANES.every((lane) => this.entries?.[lane] === 0 || this.shuffled[lane] !== undefined);
  }

  #nextLane(given: Record<Lane, number>): Lane | undefined {
    const waits = (lane: Lane) => this.served[lane] + given[lane] < this.joined[lane];
    if (!waits('p')) return waits('n') ? 'n' : undefined;
    if (!waits('n')) return 'p';
    if (this.credit < this.sale.waitingRoom.priorityWeight) {
      this.credit += 1;
      return 'p';
    }
    this.credit = 0;
    return 'n';
  }

  /** Turns that follow others of the same second last as long as the newest of them. */
  #give(lane: Lane, count: number): void {
    if (count === 0) return;
    const before = this.turns.get(`${lane}${this.served[lane]}`);
    const follows = before !== undefined && Math.floor(before.at / 1_000) === Math.floor(this.now / 1_000);
    const group = follows ? before.group : this.#nextGroup();
    for (const turn of this.turns.values()) if (turn.group === group) turn.at = this.now;
    for (let i = 0; i < count; i += 1) {
      this.served[lane] += 1;
      this.turns.set(`${lane}${this.served[lane]}`, { lane, group, at: this.now, taken: false });
    }
  }

  #nextGroup(): number {
    this.#groups += 1;
    return this.#groups;
  }

  take(userId: string, units: { left: number; at: number } | undefined): TakeUpAnswer {
    const ticket = this.tickets.get(userId);
    if (ticket === undefined) return { answer: 'ANOTHER_TICKET', until: 0 };
    if (ticket.mark === 'USED') return { answer: 'USED', until: 0 };
    const { claimSeconds, missedTurn } = this.sale.waitingRoom;
    if (ticket.mark === 'ADMITTED') {
      const until = (this.claims.get(userId) ?? 0) - CLAIM_GRACE_MS;
      return until > this.now ? { answer: 'REPEATED', until } : { answer: 'ENDED', until: 0 };
    }
    const place = this.placeOf(ticket);
    if (place > this.served[ticket.lane]) return { answer: 'WAITING', until: 0 };
    const turn = this.#liveTurn(ticket);
    if (turn === undefined && missedTurn === 'end') return { answer: 'MISSED', until: 0 };
    if (turn === undefined && this.#free(units) < 1) return { answer: 'WAITING', until: 0 };
    const until = (turn === undefined ? this.now : Math.min(turn.at, this.now)) + claimSeconds * 1_000;
    this.#dropStale();
    if (turn !== undefined) turn.taken = true;
    ticket.mark = 'ADMITTED';
    this.claims.set(userId, until + CLAIM_GRACE_MS);
    return { answer: 'TAKEN', until };
  }

  use(userId: string): void {
    const ticket = this.tickets.get(userId);
    if (ticket?.mark !== 'ADMITTED') return;
    ticket.mark = 'USED';
    const until = this.claims.get(userId);
    if (until !== undefined) this.claims.set(userId, Math.min(until, this.now + CLAIM_GRACE_MS));
  }

  #openedAt = 0;

  /** The room was rebuilt: turns and claims that still count go on, the bucket and the share of the lanes begin again. */
  rebuild(): void {
    this.#openedAt = this.now;
    this.#dropStale();
    for (const turn of this.turns.values()) turn.group = this.#nextGroup();
    this.bucket = undefined;
    this.credit = 0;
    for (const [userId, until] of this.claims)
      if (this.tickets.get(userId)?.mark !== 'ADMITTED' || until <= this.now) this.claims.delete(userId);
  }

  get liveTurns(): { place: number; lane: Lane; at: number; taken: boolean }[] {
    return Array.from(this.turns, ([key, turn]) => ({ ...turn, place: Number(key.slice(1)) }));
  }

  #liveTurn(ticket: Person): { at: number; taken: boolean } | undefined {
    const turn = this.turns.get(`${ticket.lane}${this.placeOf(ticket)}`);
    return turn !== undefined && this.#isLive(turn) ? turn : undefined;
  }

  #isLive({ at }: { at: number }): boolean {
    return this.now - Math.min(at, this.now) < this.sale.waitingRoom.staleSeconds * 1_000;
  }

  #dropStale(): void {
    for (const [key, turn] of this.turns) {
      turn.at = Math.min(turn.at, this.now);
      if (!this.#isLive(turn)) this.turns.delete(key);
    }
  }

  /** Turns that may be given beside those that are not used yet. */
  #free(units: { left: number; at: number } | undefined): number {
    if (units === undefined || units.at > this.now || this.now - units.at > 1_000) return 0;
    this.#openedAt = Math.min(this.now, this.#openedAt);
    if (units.at <= this.#openedAt) return 0;
    const open = Array.from(this.turns.values()).filter((turn) => !turn.taken && this.#isLive(turn)).length;
    const counting = Array.from(this.claims.values()).filter((until) => until > this.now).length;
    return Math.floor(units.left / this.weight) - open - counting;
  }

  get weight(): number {
    return this.sale.items[0]?.limitPerUser ?? 1;
  }

  #tokens(): number {
    const { ratePerSecond, burst } = this.sale.rateLimit;
    if (this.bucket === undefined) return burst * 1_000;
    this.bucket.at = Math.min(this.bucket.at, this.now);
    return Math.min(burst * 1_000, this.bucket.thousandths + (this.now - this.bucket.at) * ratePerSecond);
  }

  #closeEntries(): void {
    if (this.entries === undefined && this.now >= this.sale.waitingRoom.entriesUntil) this.entries = { ...this.joined };
  }
}
