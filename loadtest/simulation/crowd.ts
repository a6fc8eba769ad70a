import { BuyerApi } from './api/buyer-api.ts';
import { type Behaviour, USUAL_BEHAVIOUR } from './behaviour.ts';
import { Buyer } from './buyer.ts';
import type { CrowdContext, SaleToRush } from './crowd-context.ts';
import { followOrder } from './follow-order.ts';
import { getToken, signIn } from './get-ready.ts';
import type { HttpClient } from './http/http-client.ts';
import { botOrigin, type Farm, honestOrigin } from './origins.ts';
import { Resale } from './resale.ts';
import { Stopped, StopSwitch } from './stop-switch.ts';
import { Tally } from './tally.ts';
import { Till } from './till.ts';
import { tryToWin } from './try-to-win.ts';
import { userIdLike } from './user-ids.ts';
import { buyInTurn } from './waiting-room/buy-in-turn.ts';

export interface CrowdOptions {
  client: HttpClient;
  /** Origins of gateways, without a slash at the end; buyers are spread over them, and move on if one is silent. */
  gateways: readonly string[];
  buyers: number;
  behaviour?: Partial<Behaviour>;
  /** The platform's clock minus this machine's, ms. */
  clockOffsetMs?: number;
  /** Prefix of the user ids. Crowds of the same sale need different prefixes. */
  name?: string;
  random?: () => number;
  /** Names of payment providers that the buyers choose in turn. Default: the shop's usual one. */
  providers?: readonly string[] | undefined;
  /** Origin of the payment sandbox, for providers with QR codes. */
  paymentsUrl?: string | undefined;
  /** Accounts that come beside the buyers. With them, every buyer has an address and a device. */
  farm?: Farm | undefined;
}

/** Earliest clicks before the start. */
const EARLY_MS = 2_000;

/**
 * Simulated buyers who do over HTTP what people do: sign in, fetch a purchase token, click at the start, pay or don't, come back
 * for units that return. `buyers` keeps every answer for later checks.
 */
export class Crowd {
  readonly buyers: readonly Buyer[];
  readonly tally = new Tally();
  readonly #options: Required<Omit<CrowdOptions, 'behaviour' | 'providers' | 'paymentsUrl' | 'farm'>> & {
    behaviour: Behaviour;
    providers: readonly string[];
  };
  readonly #api: BuyerApi;
  readonly #stop = new StopSwitch();
  readonly #gateway: number[];
  resale: Resale | undefined;

  constructor({
    behaviour,
    paymentsUrl,
    farm,
    clockOffsetMs = 0,
    name = 'buyer',
    random = Math.random,
    ...options
  }: CrowdOptions) {
    const { providers = [] } = options;
    this.#options = { ...options, providers, clockOffsetMs, name, random, behaviour: { ...USUAL_BEHAVIOUR, ...behaviour } };
    this.#api = new BuyerApi(options.client, paymentsUrl);
    const userIdOf = (index: number) => userIdLike(`${name}-${index + 1}`, index);
    const isFarmed = farm !== undefined;
    const honest = Array.from({ length: options.buyers }, (_, index) => {
      return new Buyer(index, userIdOf(index), isFarmed ? honestOrigin(index) : undefined);
    });
    const bots = Array.from({ length: farm?.accounts ?? 0 }, (_, bot) => {
      const index = options.buyers + bot;
      return new Buyer(index, `bot of ${userIdOf(index)}`, farm && botOrigin(bot, farm));
    });
    this.buyers = [...honest, ...bots];
    this.#gateway = this.buyers.map((buyer) => buyer.index % options.gateways.length);
  }

  /** Signs every buyer in. Resolves with the sign-ins a second, which predict the rate of purchase tokens. */
  async signIn(): Promise<number> {
    const from = performance.now();
    const context = this.#context({ saleId: '', itemId: '', stock: 0, startsAt: 0, admission: 'open', staleMs: 0 });
    await this.#all((buyer) => signIn(buyer, context));
    return this.tally.signedIn / Math.max(0.001, (performance.now() - from) / 1000);
  }

  /** Sends every buyer to the sale. Resolves when the last order is settled, or after `stop`. */
  async buy(sale: SaleToRush): Promise<void> {
    const context = this.#context(sale);
    this.resale = context.resale;
    await this.#all((buyer) => this.#live(buyer, context));
  }

  /** Stops every buyer at once. */
  stop(): void {
    this.#stop.stop();
  }

  async #live(buyer: Buyer, context: CrowdContext): Promise<void> {
    const { behaviour, random, now, sale, stop } = context;
    if (buyer.accessToken === '' && !(await signIn(buyer, context))) return;
    if (sale.admission !== 'open') {
      await buyInTurn(buyer, context);
      return;
    }
    if (!(await getToken(buyer, context))) return;
    // A timer may fire a millisecond early.
    const early = buyer.isBot || random() < behaviour.early ? random() * EARLY_MS : -2;
    await stop.pause(sale.startsAt - early - now());
    if (await tryToWin(buyer, context)) if (buyer.win !== undefined) await followOrder(buyer, buyer.win, context);
  }

  async #all(story: (buyer: Buyer) => Promise<unknown>): Promise<void> {
    const ends = await Promise.allSettled(this.buyers.map((buyer) => story(buyer)));
    for (const end of ends) if (end.status === 'rejected' && !(end.reason instanceof Stopped)) throw end.reason;
  }

  #context(sale: SaleToRush): CrowdContext {
    const { gateways, behaviour, clockOffsetMs, random, providers } = this.#options;
    const stop = this.#stop;
    const now = () => Date.now() + clockOffsetMs;
    if (sale.startsAt > 0) this.tally.openedAt = performance.now() + sale.startsAt - now();
    const gatewayAt = (index: number) => gateways[index % gateways.length] ?? '';
    let eyes = 0;
    return {
      api: this.#api,
      behaviour,
      providers,
      tally: this.tally,
      sale,
      random,
      stop,
      now,
      gatewayOf: ({ index }) => gatewayAt(this.#gateway[index] ?? 0),
      moveOn: ({ index }) => {
        this.#gateway[index] = (this.#gateway[index] ?? 0) + 1;
      },
      till: new Till(behaviour.payingAtOnce, now),
      resale: new Resale({
        api: this.#api,
        gateway: () => gatewayAt(eyes++),
        saleId: sale.saleId,
        itemId: sale.itemId,
        patienceMs: behaviour.patienceMs,
        isOver: () => this.tally.end('PAID') >= sale.stock,
        random,
        stop,
      }),
    };
  }
}
