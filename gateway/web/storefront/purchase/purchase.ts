import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { PurchaseToken, Sale } from '../../shared/api/contract.ts';
import { type Attempt, NO_ATTEMPT } from './attempt-store.ts';
import { ChallengeWork } from './challenge-work.ts';
import type { PurchaseDeps } from './purchase-deps.ts';
import { type PurchaseState, RESTING } from './purchase-state.ts';
import { retryDelay, tokenTime } from './waiting-times.ts';

/** Timers are renewed at least this often: they drift while a phone sleeps, and overflow after 24 days. */
const LONGEST_TIMER_MS = 60_000;
/** How long SOLD_OUT outweighs `remaining`, which may have been read before the last unit was sold. */
const SOLD_OUT_STANDS_MS = 2_000;
const TOKENS_TO_TRY = 3;

/**
 * One buyer's purchase of one item, from the countdown to the order. After a press the page sends one purchase token until the gateway
 * has answered yes or no, whatever is lost in between. So a press ends in one reservation at most.
 */
export class Purchase {
  readonly #deps: PurchaseDeps;
  readonly #random: () => number;
  readonly #itemId: string;
  readonly #work: ChallengeWork;
  readonly #endings: (() => void)[] = [];
  #sale: Sale;
  #attempt: Attempt;
  #state: PurchaseState = { step: 'ready' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unfollow: (() => void) | undefined;
  #tokenAt: number | undefined;
  #soldOutAt = Number.NEGATIVE_INFINITY;
  /** The buyer wants any unit that comes back, not one attempt. */
  #waitsForReturn = false;
  #failures = 0;
  #isArming = false;
  #ended = false;

  constructor(sale: Sale, itemId: string, deps: PurchaseDeps) {
    this.#sale = sale;
    this.#itemId = itemId;
    this.#deps = deps;
    this.#random = deps.random ?? Math.random;
    this.#work = new ChallengeWork(deps.solve);
    this.#attempt = deps.store.read();
    this.#endings.push(deps.store.onOtherTab(() => this.#adopt(deps.store.read())));
    this.#resume();
  }

  get state(): PurchaseState {
    return this.#state;
  }

  /** The buyer presses the button. A second press changes nothing. */
  press(quantity: number): void {
    const { step } = this.#state;
    if (!RESTING.has(step) || step === 'ended' || step === 'not-admitted' || this.#attempt.won) return;
    this.#waitsForReturn = this.#state.step === 'sold-out';
    // If a token may have won already, only the same request may be repeated.
    this.#remember(this.#attempt.sent ? { wanted: true } : { wanted: true, quantity });
    if (this.#state.step === 'ready') void this.#try();
    else this.#rest();
  }

  /** The buyer no longer wants it. A request that was sent may have won, so the page finds that out first. */
  withdraw(): void {
    if (this.#state.step === 'won' || this.#state.step === 'trying') return;
    this.#remember({ wanted: false });
    if (this.#attempt.sent) void this.#findOut();
    else this.#rest();
  }

  /** Starts over with a new token, after a finished reservation or a fault. */
  again(): void {
    if (this.#state.step === 'trying') return;
    this.#unfollow?.();
    this.#forget();
    this.#rest();
  }

  /** The buyer's turn has come or is over. */
  turnChanged(): void {
    if (RESTING.has(this.#state.step)) this.#rest();
  }

  /** News of the sale: settings, state, units left. */
  saleChanged(sale: Sale): void {
    this.#sale = sale;
    if (RESTING.has(this.#state.step)) this.#rest();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#work.end();
    this.#unfollow?.();
    for (const end of this.#endings) end();
  }

  #resume(): void {
    const { won, sent, token } = this.#attempt;
    if (won && token !== undefined) this.#follow(token.reservationId);
    else if (sent && token !== undefined) void this.#try();
    else this.#rest();
  }

  /** Another tab has fetched the token, won, or started over. This tab continues from there. */
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

  /** No request is in flight: shows the state of the sale and plans the next step. */
  #rest(): void {
    const { state, startsAt } = this.#sale;
    const { wanted } = this.#attempt;
    const now = this.#deps.clock.now();
    const starts = Date.parse(startsAt);
    if (state === 'ENDED' || now >= Date.parse(this.#sale.endsAt)) this.#show({ step: 'ended' });
    else if (this.#deps.turn?.hasCome() === false) this.#show({ step: 'not-admitted' });
    else if (now < starts) this.#waitForStart(now, starts);
    else if (state === 'PAUSED') this.#show({ step: 'paused', wanted });
    else if (this.#isSoldOut(now)) {
      this.#waitsForReturn = wanted;
      this.#show({ step: 'sold-out', wanted });
    } else if (wanted) void this.#try();
    else this.#beReady(now);
  }

  #beReady(now: number): void {
    this.#show({ step: 'ready' });
    const { token } = this.#attempt;
    if (this.#deps.turn?.takesItselfUp() !== true || (token !== undefined && Date.parse(token.expiresAt) > now)) return;
    this.#tokenAt ??= now;
    this.#at(this.#tokenAt, () => void this.#arm());
  }

  #waitForStart(now: number, starts: number): void {
    const { wanted, token } = this.#attempt;
    const opensAt = starts - this.#sale.tokenLeadSeconds * 1000;
    if (token !== undefined && Date.parse(token.expiresAt) > now) {
      this.#show({ step: 'armed', wanted });
      this.#at(starts, () => this.#rest());
      return;
    }
    this.#tokenAt ??= tokenTime(opensAt, starts, now, this.#random);
    this.#show({ step: 'too-early', tokenAt: this.#tokenAt, wanted });
    if (!wanted && !this.#deps.armsItself) this.#at(starts, () => this.#rest());
    else this.#at(this.#tokenAt, () => void this.#arm());
  }

  async #arm(): Promise<void> {
    if (this.#isArming) return;
    this.#isArming = true;
    try {
      // The challenge is solved by the start, or while the buyer reads that it is their turn.
      void this.#work.of(await this.#ensureToken());
      this.#failures = 0;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.retry === 'sign in' || problem.retry === 'wait for a turn') {
        this.#refused(problem);
        return;
      }
      this.#tokenAt = this.#deps.clock.now() + retryDelay(this.#failures++, problem.retryAfterMs, this.#random);
    } finally {
      this.#isArming = false;
    }
    if (RESTING.has(this.#state.step)) this.#rest();
  }

  async #try(): Promise<void> {
    this.#show({ step: 'trying' });
    try {
      const token = await this.#ensureToken();
      if (!(await this.#passes(token))) return;
      this.#remember({ sent: true });
      const { quantity, solution } = this.#attempt;
      const { reservationId } = await this.#deps.api.reserve(token.purchaseToken, quantity, solution);
      this.#remember({ won: true });
      this.#follow(reservationId);
    } catch (error) {
      this.#refused(asProblem(error));
    }
  }

  /** Resolves with true once the token can be sent. Without a solution that is when it is served anyway. */
  async #passes(token: PurchaseToken): Promise<boolean> {
    const until = token.challenge === undefined ? 0 : Date.parse(token.challenge.waitUntil);
    if (this.#attempt.solution !== undefined || this.#deps.clock.now() >= until) return true;
    this.#show({ step: 'challenged', until });
    this.#at(until, () => void this.#try());
    const solution = await this.#work.of(token);
    // The buyer may have withdrawn, or the wait may be over.
    if (solution === undefined || this.#state.step !== 'challenged') return false;
    this.#remember({ solution });
    this.#show({ step: 'trying' });
    return true;
  }

  #refused(problem: ApiProblem): void {
    switch (problem.retry) {
      case 'solve the challenge':
        this.#remember({ solution: undefined });
        this.#waitAndTry(problem, () => void this.#try());
        break;
      case 'same request':
        this.#waitAndTry(problem, () => void this.#try());
        break;
      case 'new token':
        void this.#findOut();
        break;
      case 'sign in':
        this.#show({ step: 'signed-out' });
        break;
      case 'wait for a turn':
        this.#notAdmitted();
        break;
      default:
        this.#lost(problem);
    }
  }

  /**
   * A final "no": this token has won nothing, and the press is spent. A buyer who waits for a returned unit keeps waiting, since another
   * buyer may have been quicker. The page also shows a returned unit before it can be won: gateways may still believe "sold out".
   */
  #lost(problem: ApiProblem): void {
    this.#remember({ wanted: problem.code === 'SOLD_OUT' && this.#waitsForReturn, sent: false });
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

  /** The turn was missed or is over. Nothing was sent with a purchase token, because there is none. */
  #notAdmitted(): void {
    this.#forget();
    this.#show({ step: 'not-admitted' });
    this.#deps.turn?.refused();
  }

  #waitAndTry({ code, retryAfterMs }: ApiProblem, work: () => void): void {
    const retryAt = this.#deps.clock.now() + retryDelay(this.#failures++, retryAfterMs, this.#random);
    this.#show({ step: 'busy', code, retryAt });
    this.#at(retryAt, work);
  }

  /** The token has expired, or the buyer no longer wants it: finds out whether it won before that. */
  async #findOut(): Promise<void> {
    this.#show({ step: 'trying' });
    const { token, sent } = this.#attempt;
    const hasWon = token !== undefined && sent && (await this.#ask(token.reservationId));
    if (hasWon === true) {
      this.#remember({ won: true });
      this.#follow(token.reservationId);
    } else if (hasWon === false) this.#startOver();
    else if (hasWon.code === 'UNAUTHENTICATED') this.#show({ step: 'signed-out' });
    else this.#waitAndTry(hasWon, () => void this.#findOut());
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

  /** Starts over with a new token. The buyer still wants it, unless tokens are refused again and again. */
  #startOver(): void {
    const { wanted, quantity } = this.#attempt;
    this.#forget();
    this.#remember({ wanted: wanted && this.#failures++ < TOKENS_TO_TRY, quantity });
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

  /** Resolves with the stored token or a new one. Tabs take turns, so that they all use the same token. */
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
    // Another tab may have fetched a token that this tab does not know yet.
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

  /** Calls `work` at `time` on the server's clock, even if the estimate of that clock changes before then. */
  #at(time: number, work: () => void): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    const wait = time - this.#deps.clock.now();
    const again = () => this.#at(time, work);
    this.#timer = setTimeout(wait <= 0 ? work : again, Math.min(Math.max(wait, 0), LONGEST_TIMER_MS));
  }
}
