import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { PurchaseToken, Sale } from '../../shared/api/contract.ts';
import { type Attempt, NO_ATTEMPT } from './attempt-store.ts';
import type { PurchaseDeps } from './purchase-deps.ts';
import { type BusyReason, type PurchaseState, RESTING } from './purchase-state.ts';
import { retryDelay, tokenTime } from './waiting-times.ts';

/** Timers are set anew at least this often: they drift while a phone sleeps, and overflow after 24 days. */
const LONGEST_TIMER_MS = 60_000;
/** `remaining` may have been read before the last unit went. */
const SOLD_OUT_STANDS_MS = 2_000;
const TOKENS_TO_TRY = 3;

/** Answers after which the same request is sent again. */
const BUSY: Partial<Record<ApiProblem['code'], BusyReason>> = {
  NOT_OPEN_YET: 'NOT_STARTED',
  NOT_STARTED: 'NOT_STARTED',
  RATE_LIMITED: 'RATE_LIMITED',
  SALE_PAUSED: 'SALE_PAUSED',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL: 'UNAVAILABLE',
  OFFLINE: 'OFFLINE',
};

/**
 * One buyer's way to one item, from the countdown to the order. A press is a wish; the wish is tried under one purchase token until the
 * gateway has said yes or no, whatever is lost in between, so it ends in one reservation at most.
 */
export class Purchase {
  readonly #deps: PurchaseDeps;
  readonly #random: () => number;
  readonly #itemId: string;
  readonly #endings: (() => void)[] = [];
  #sale: Sale;
  #attempt: Attempt;
  #state: PurchaseState = { step: 'ready' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unfollow: (() => void) | undefined;
  #tokenAt: number | undefined;
  #soldOutAt = Number.NEGATIVE_INFINITY;
  /** The wish is for whatever unit comes back, not for one try. */
  #waitsForReturn = false;
  #failures = 0;
  #ended = false;

  constructor(sale: Sale, itemId: string, deps: PurchaseDeps) {
    this.#sale = sale;
    this.#itemId = itemId;
    this.#deps = deps;
    this.#random = deps.random ?? Math.random;
    this.#attempt = deps.store.read();
    this.#endings.push(deps.store.onOtherTab(() => this.#adopt(deps.store.read())));
    this.#resume();
  }

  get state(): PurchaseState {
    return this.#state;
  }

  /** The buyer presses the button. Twice is once. */
  press(quantity: number): void {
    if (!RESTING.has(this.#state.step) || this.#state.step === 'ended' || this.#attempt.won) return;
    this.#waitsForReturn = this.#state.step === 'sold-out';
    // Under a token that may have won already, only the same request may be repeated.
    this.#remember(this.#attempt.sent ? { wish: true } : { wish: true, quantity });
    if (this.#state.step === 'ready') void this.#try();
    else this.#rest();
  }

  /** The buyer does not want it any more. What was sent may have won, so that is asked first. */
  withdraw(): void {
    if (this.#state.step === 'won' || this.#state.step === 'trying') return;
    this.#remember({ wish: false });
    if (this.#attempt.sent) void this.#findOut();
    else this.#rest();
  }

  /** After a reservation that has come to its end, or a fault: from the start, with a new token. */
  again(): void {
    if (this.#state.step === 'trying') return;
    this.#unfollow?.();
    this.#forget();
    this.#rest();
  }

  /** News of the sale: settings, state, units left. */
  saleChanged(sale: Sale): void {
    this.#sale = sale;
    if (RESTING.has(this.#state.step)) this.#rest();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#unfollow?.();
    for (const end of this.#endings) end();
  }

  #resume(): void {
    const { won, sent, token } = this.#attempt;
    if (won && token !== undefined) this.#follow(token.reservationId);
    else if (sent && token !== undefined) void this.#try();
    else this.#rest();
  }

  /** Another tab has fetched the token, won, or started over: this one goes on from there. */
  #adopt(attempt: Attempt): void {
    const followed = this.#attempt.won ? this.#attempt.token?.reservationId : undefined;
    this.#attempt = attempt;
    const won = attempt.won ? attempt.token?.reservationId : undefined;
    if (won !== undefined && won !== followed) this.#follow(won);
    else if (won === undefined && (followed !== undefined || RESTING.has(this.#state.step))) {
      this.#unfollow?.();
      this.#rest();
    }
  }

  /** Nothing is under way: shows where the sale stands, and plans what comes next by itself. */
  #rest(): void {
    const { state, startsAt } = this.#sale;
    const { wish } = this.#attempt;
    const now = this.#deps.clock.now();
    const starts = Date.parse(startsAt);
    if (state === 'ENDED' || now >= Date.parse(this.#sale.endsAt)) this.#show({ step: 'ended' });
    else if (now < starts) this.#waitForStart(now, starts);
    else if (state === 'PAUSED') this.#show({ step: 'paused', wish });
    else if (this.#isSoldOut(now)) {
      this.#waitsForReturn = wish;
      this.#show({ step: 'sold-out', wish });
    } else if (wish) void this.#try();
    else this.#show({ step: 'ready' });
  }

  #waitForStart(now: number, starts: number): void {
    const { wish, token } = this.#attempt;
    const opensAt = starts - this.#sale.tokenLeadSeconds * 1000;
    if (token !== undefined && Date.parse(token.expiresAt) > now) {
      this.#show({ step: 'armed', wish });
      this.#at(starts, () => this.#rest());
      return;
    }
    this.#tokenAt ??= tokenTime(opensAt, starts, now, this.#random);
    this.#show({ step: 'too-early', tokenAt: this.#tokenAt, wish });
    if (!wish && !this.#deps.armsItself) this.#at(starts, () => this.#rest());
    else this.#at(this.#tokenAt, () => void this.#arm());
  }

  async #arm(): Promise<void> {
    try {
      await this.#ensureToken();
      this.#failures = 0;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === 'UNAUTHENTICATED') {
        this.#show({ step: 'signed-out' });
        return;
      }
      this.#tokenAt = this.#deps.clock.now() + retryDelay(this.#failures++, problem.retryAfterMs, this.#random);
    }
    if (RESTING.has(this.#state.step)) this.#rest();
  }

  async #try(): Promise<void> {
    this.#show({ step: 'trying' });
    try {
      const token = await this.#ensureToken();
      this.#remember({ sent: true });
      const { reservationId } = await this.#deps.api.reserve(token.purchaseToken, this.#attempt.quantity);
      this.#remember({ won: true });
      this.#follow(reservationId);
    } catch (error) {
      this.#refused(asProblem(error));
    }
  }

  #refused(problem: ApiProblem): void {
    const reason = BUSY[problem.code];
    if (reason !== undefined) this.#busy(reason, problem.retryAfterMs);
    else if (problem.code === 'TOKEN_INVALID') void this.#findOut();
    else if (problem.code === 'UNAUTHENTICATED') this.#show({ step: 'signed-out' });
    else this.#lost(problem);
  }

  /**
   * A clear "no": this token has won nothing, and the wish is spent. But who waits for a returned unit goes on waiting: another buyer may
   * have been quicker, and a unit that has come back is shown before anybody can win it, since gateways may still believe "sold out".
   */
  #lost(problem: ApiProblem): void {
    this.#remember({ wish: problem.code === 'SOLD_OUT' && this.#waitsForReturn, sent: false });
    if (problem.code === 'SOLD_OUT') {
      this.#soldOutAt = this.#deps.clock.now();
      this.#rest();
    } else if (problem.code === 'LIMIT_REACHED') this.#show({ step: 'limit-reached' });
    else if (problem.code === 'SALE_ENDED') this.#show({ step: 'ended' });
    else {
      this.#forget();
      this.#show({ step: 'failed', problem });
    }
  }

  #busy(reason: BusyReason, retryAfterMs: number | undefined): void {
    const delay = retryDelay(this.#failures++, retryAfterMs, this.#random);
    const retryAt = this.#deps.clock.now() + delay;
    this.#show({ step: 'busy', reason, retryAt });
    this.#at(retryAt, () => void this.#try());
  }

  /** The token is not good any more, or not wanted: did it win before that? */
  async #findOut(): Promise<void> {
    this.#show({ step: 'trying' });
    const { token, sent } = this.#attempt;
    const hasWon = token !== undefined && sent && (await this.#ask(token.reservationId));
    if (hasWon === true) {
      this.#remember({ won: true });
      this.#follow(token.reservationId);
    } else if (hasWon === false) this.#startOver();
    else if (hasWon.code === 'UNAUTHENTICATED') this.#show({ step: 'signed-out' });
    else {
      const retryAt = this.#deps.clock.now() + retryDelay(this.#failures++, hasWon.retryAfterMs, this.#random);
      this.#show({ step: 'busy', reason: BUSY[hasWon.code] ?? 'UNAVAILABLE', retryAt });
      this.#at(retryAt, () => void this.#findOut());
    }
  }

  async #ask(reservationId: string): Promise<boolean | ApiProblem> {
    try {
      await this.#deps.api.readReservation(reservationId);
      return true;
    } catch (error) {
      const problem = asProblem(error);
      return problem.code === 'NOT_FOUND' ? false : problem;
    }
  }

  /** With a new token. The wish stays, unless tokens are refused again and again. */
  #startOver(): void {
    const { wish, quantity } = this.#attempt;
    this.#forget();
    this.#remember({ wish: wish && this.#failures++ < TOKENS_TO_TRY, quantity });
    this.#rest();
  }

  #follow(reservationId: string): void {
    clearTimeout(this.#timer);
    this.#unfollow?.();
    this.#failures = 0;
    this.#show({ step: 'won', reservation: { reservationId, status: 'RESERVED' }, link: 'polling' });
    this.#unfollow = this.#deps.api.followReservation(reservationId, ({ problem, ...news }) => {
      if (this.#state.step !== 'won') return;
      if (problem === undefined) this.#show({ ...this.#state, ...news });
      else this.#show(problem.code === 'UNAUTHENTICATED' ? { step: 'signed-out' } : { step: 'failed', problem });
    });
  }

  /** The stored token, or a new one. Tabs take turns, so that they come to use the same. */
  #ensureToken(): Promise<PurchaseToken> {
    const { store, api, clock } = this.#deps;
    return store.alone(async () => {
      const stored = store.read().token ?? this.#attempt.token;
      const isGood = stored !== undefined && (this.#attempt.sent || Date.parse(stored.expiresAt) > clock.now() + 1_000);
      const token = isGood ? stored : await api.issueToken(this.#sale.saleId, this.#itemId);
      this.#remember({ token });
      return token;
    });
  }

  #isSoldOut(now: number): boolean {
    const item = this.#sale.items.find(({ itemId }) => itemId === this.#itemId);
    return item?.remaining === 0 || now - this.#soldOutAt < SOLD_OUT_STANDS_MS;
  }

  #remember(change: Partial<Attempt>): void {
    const { token, sent, won } = this.#deps.store.read();
    // Another tab may have fetched a token of which this one has not heard yet.
    const theirs = this.#attempt.token === undefined && token !== undefined ? { token, sent, won } : {};
    this.#attempt = { ...this.#attempt, ...theirs, ...change };
    this.#deps.store.write(this.#attempt);
  }

  #forget(): void {
    this.#attempt = NO_ATTEMPT;
    this.#tokenAt = undefined;
    this.#deps.store.clear();
  }

  #show(state: PurchaseState): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#state = state;
    this.#deps.onChange(state);
  }

  /** Calls at `time` on the server's clock, which may turn out to be another moment than it seems now. */
  #at(time: number, work: () => void): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    const wait = time - this.#deps.clock.now();
    const again = () => this.#at(time, work);
    this.#timer = setTimeout(wait <= 0 ? work : again, Math.min(Math.max(wait, 0), LONGEST_TIMER_MS));
  }
}
