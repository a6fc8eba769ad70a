import type { FoundTicket } from 'seckill-core';
import type { ServerClock } from '../catalogue/server-clock.ts';
import { type EventStream, eventText } from '../push/event-stream.ts';
import type { Claims } from './claims.ts';
import type { RoomMemory } from './room-memory.ts';
import type { Rooms } from './rooms.ts';
import { isServed, type ShownTicket, type TicketView, viewOf } from './ticket-view.ts';

/** A page is written to at most this often, unless its ticket's state changes. */
const WRITE_EVERY_MS = 1_000;
/** The ticket of a user whose turn has come is found again this often: they may have bought in another tab. */
const FIND_EVERY_MS = 2_000;
/** Pages are looked at in portions, between which the event loop goes on. One takes about 2 ms. */
const PORTION = 500;

interface Page {
  readonly stream: EventStream;
  readonly room: RoomMemory;
  readonly ticket: ShownTicket;
  readonly userId: string;
  found: FoundTicket | undefined;
  /** Monotonic times. */
  foundAt: number;
  writtenAt: number;
  shown: string;
  state: TicketView['state'] | undefined;
}

/** Pushes tickets to the pages that are open on this gateway. Each tick of a room is followed by one look at its pages. */
export class QueuePages {
  readonly #claims: Claims;
  readonly #clock: ServerClock;
  readonly #pages = new Map<RoomMemory, Set<Page>>();
  readonly #counts = new Map<string, number>();
  readonly #looking = new Set<RoomMemory>();

  constructor(rooms: Rooms, claims: Claims, clock: ServerClock) {
    this.#claims = claims;
    this.#clock = clock;
    rooms.onTick((room) => void this.#look(room));
  }

  /** Open pages of a user. */
  countOf(userId: string): number {
    return this.#counts.get(userId) ?? 0;
  }

  /** Shows the ticket now, and then each change. */
  open(stream: EventStream, room: RoomMemory, ticket: ShownTicket, userId: string, found: FoundTicket | undefined): void {
    const foundAt = performance.now();
    const page: Page = { stream, room, ticket, userId, found, foundAt, writtenAt: 0, shown: '', state: undefined };
    const pages = this.#pages.get(room) ?? new Set();
    this.#pages.set(room, pages.add(page));
    this.#counts.set(userId, this.countOf(userId) + 1);
    stream.onClose(() => {
      pages.delete(page);
      if (pages.size === 0) this.#pages.delete(room);
      const left = this.countOf(userId) - 1;
      if (left > 0) this.#counts.set(userId, left);
      else this.#counts.delete(userId);
    });
    this.#show(page);
  }

  async #look(room: RoomMemory): Promise<void> {
    const pages = this.#pages.get(room);
    if (pages === undefined || this.#looking.has(room)) return;
    this.#looking.add(room);
    let seen = 0;
    for (const page of pages) {
      if (isServed(room, page.ticket) && performance.now() - page.foundAt >= FIND_EVERY_MS) void this.#find(page);
      this.#show(page);
      seen += 1;
      if (seen % PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#looking.delete(room);
  }

  async #find(page: Page): Promise<void> {
    page.foundAt = performance.now();
    try {
      page.found = await this.#claims.find(page.room, page.userId);
      this.#show(page);
    } catch {
      // The next look finds it.
    }
  }

  #show(page: Page): void {
    const { room, ticket, found, stream } = page;
    if (room.state === undefined) return;
    const { retryAfterMs: _, ...view } = viewOf(room, ticket, found, this.#clock.now());
    const now = performance.now();
    if (view.state === page.state && now - page.writtenAt < WRITE_EVERY_MS) return;
    const text = eventText('ticket', view);
    if (text === page.shown) return;
    page.shown = text;
    page.state = view.state;
    page.writtenAt = now;
    stream.write(text);
  }
}
