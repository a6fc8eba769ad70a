import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { Ticket } from '../../shared/api/contract.ts';
import type { ServerClock } from '../../shared/clock/server-clock.ts';
import type { News } from '../../shared/live/follow.ts';
import { retryDelay } from '../purchase/waiting-times.ts';
import type { PlaceState } from './place-state.ts';
import type { TicketStore } from './ticket-store.ts';

export interface PlaceApi {
  takeTicket(saleId: string): Promise<Ticket>;
  readTicket(ticketId: string): Promise<Ticket>;
  /** Tells of every change until the returned function is called. */
  followTicket(ticketId: string, told: (news: News<Ticket>) => void): () => void;
}

export interface PlaceDeps {
  api: PlaceApi;
  store: Pick<TicketStore, 'read' | 'write' | 'onOtherTab'>;
  clock: Pick<ServerClock, 'now'>;
  onChange(state: PlaceState): void;
  random?: () => number;
}

/** One buyer's place in the waiting room of a sale. Joining is safe to repeat: the same buyer gets the same ticket. */
export class Place {
  readonly #saleId: string;
  readonly #deps: PlaceDeps;
  readonly #random: () => number;
  readonly #unlisten: () => void;
  #state: PlaceState = { step: 'outside' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unfollow: (() => void) | undefined;
  #followed: string | undefined;
  #failures = 0;
  #ended = false;

  constructor(saleId: string, deps: PlaceDeps) {
    this.#saleId = saleId;
    this.#deps = deps;
    this.#random = deps.random ?? Math.random;
    this.#unlisten = deps.store.onOtherTab(() => this.#adopt());
    this.#show(this.#state);
    this.#adopt();
  }

  get state(): PlaceState {
    return this.#state;
  }

  /** The buyer presses the button: takes a ticket, or a new one after the turn of the old one. A second press changes nothing. */
  join(): void {
    if (this.#state.step !== 'joining' && this.#state.step !== 'busy') void this.#join();
  }

  /** Asks how the ticket stands now, without waiting for news. */
  async look(): Promise<void> {
    const ticketId = this.#followed;
    if (ticketId === undefined) return;
    try {
      const ticket = await this.#deps.api.readTicket(ticketId);
      if (ticketId === this.#followed) this.#heard({ seen: ticket });
    } catch {
      // The next news brings it.
    }
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#unfollow?.();
    this.#unlisten();
  }

  /** Continues with the ticket that this browser has. */
  #adopt(): void {
    const ticketId = this.#deps.store.read();
    if (ticketId === undefined || ticketId === this.#followed) return;
    this.#show({ step: 'joining' });
    this.#follow(ticketId);
  }

  async #join(): Promise<void> {
    this.#show({ step: 'joining' });
    try {
      const ticket = await this.#deps.api.takeTicket(this.#saleId);
      if (this.#ended) return;
      this.#deps.store.write(ticket.ticketId);
      this.#heard({ seen: ticket });
      this.#follow(ticket.ticketId);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === 'UNAUTHENTICATED') this.#show({ step: 'signed-out' });
      else if (problem.code === 'ENTRIES_CLOSED') this.#show({ step: 'closed' });
      else if (problem.retry === 'same request') this.#joinLater(problem.code, problem.retryAfterMs);
      else this.#show({ step: 'failed', problem });
    }
  }

  #joinLater(code: ApiProblem['code'], retryAfterMs?: number): void {
    const wait = retryDelay(this.#failures++, retryAfterMs, this.#random);
    this.#show({ step: 'busy', code, retryAt: this.#deps.clock.now() + wait });
    if (!this.#ended) this.#timer = setTimeout(() => void this.#join(), wait);
  }

  #follow(ticketId: string): void {
    this.#unfollow?.();
    this.#followed = ticketId;
    this.#unfollow = this.#deps.api.followTicket(ticketId, (news) => this.#heard(news));
  }

  #heard({ seen, link, problem }: News<Ticket>): void {
    if (this.#ended) return;
    if (problem !== undefined) this.#lost(problem.code);
    else if (seen !== undefined) {
      this.#failures = 0;
      this.#show({ step: 'inside', ticket: seen, link: this.#state.step === 'inside' ? this.#state.link : 'polling' });
    } else if (link !== undefined && this.#state.step === 'inside') this.#show({ ...this.#state, link });
  }

  /** The gateway does not know this ticket. The buyer still wants a place, so the page takes the ticket that the gateway gives. */
  #lost(code: ApiProblem['code']): void {
    this.#followed = undefined;
    if (code === 'UNAUTHENTICATED') {
      this.#show({ step: 'signed-out' });
      return;
    }
    this.#deps.store.write(undefined);
    this.#joinLater(code);
  }

  #show(state: PlaceState): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#state = state;
    this.#deps.onChange(state);
  }
}
