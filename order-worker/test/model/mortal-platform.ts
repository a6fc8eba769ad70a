import type { CrashPoint, Operation } from 'dev';
import { type Ground, SHORT_ACK_WAIT_MS } from '../crash/ground.ts';
import { type MortalGateway, startMortalGateway } from '../crash/mortal-gateway.ts';
import { type MortalWorker, startMortalWorker } from '../crash/mortal-worker.ts';

/** Steps that change something, or after which somebody believes that something was changed. What a process only asks, and what it says every second, is not counted. */
const COUNTS = {
  worker:
    /^(redis (advance|release|zrem|begin-rebuild|open-item|write-sale)|postgres (lock-|create-orders|cancel-orders|settle-payments|add-statistics|UPDATE|commit (create-orders|settle-payments|add-statistics))|nats (seckill\.(deadline|order|reserved|user|broadcast\.restocked)|ack|answer)|provider)/,
  gateway: /^(redis (reserve|zrem)|nats (reserved|payment)|http 20)/,
} as const;
export type PartName = keyof typeof COUNTS;

/** Two gateways and two workers, each behind a boundary at which it can die; who dies is replaced, as an orchestrator does. */
export class MortalPlatform {
  readonly #workers: Place<MortalWorker>[];
  readonly #gateways: Place<MortalGateway>[];

  private constructor(ground: Ground) {
    // What one has in hand for long comes to the other one as well: here that is part of the story.
    this.#workers = [1, 2].map(() => new Place(() => startMortalWorker(ground, SHORT_ACK_WAIT_MS)));
    this.#gateways = [1, 2].map(() => new Place(() => startMortalGateway(ground)));
  }

  static async start(ground: Ground): Promise<MortalPlatform> {
    const platform = new MortalPlatform(ground);
    await platform.#everybodyStands();
    return platform;
  }

  /** Of those that stand. */
  get gatewayUrls(): string[] {
    return this.#gateways.flatMap(({ occupant }) => occupant?.url ?? []);
  }

  /** The steps at which somebody has died so far. */
  get deaths(): string[] {
    return [...this.#workers, ...this.#gateways].flatMap((place) => place.deaths);
  }

  /** The one in that place will die at its `at`-th step from now on. */
  doom(part: PartName, place: number, { at, when }: Omit<CrashPoint, 'counts'>): void {
    const places: Place<Mortal>[] = part === 'worker' ? this.#workers : this.#gateways;
    places[place]?.doom({ at, when, counts: ({ label }: Operation) => COUNTS[part].test(label) });
  }

  /** Who was to die and has not come so far dies now. Resolves once all are replaced. */
  async finishOff(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#gateways].map((place) => place.finishOff()));
    await this.#everybodyStands();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#gateways].map((place) => place.close()));
  }

  async #everybodyStands(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#gateways].map((place) => place.ready));
  }
}

type Mortal = Pick<MortalWorker, 'boundary' | 'dispose'>;

class Place<Part extends Mortal> {
  readonly #start: () => Promise<Part>;
  readonly deaths: string[] = [];
  occupant: Part | undefined;
  ready: Promise<void>;
  #doomed = false;
  #closed = false;
  readonly #funerals: Promise<void>[] = [];

  constructor(start: () => Promise<Part>) {
    this.#start = start;
    this.ready = this.#fill();
  }

  doom(point: CrashPoint): void {
    if (this.occupant === undefined) return;
    this.#doomed = true;
    this.occupant.boundary.dieAt(point);
  }

  async finishOff(): Promise<void> {
    const { occupant } = this;
    if (!this.#doomed || occupant === undefined) return;
    occupant.boundary.kill();
    // Its replacement is on its way by then.
    await occupant.boundary.died;
  }

  async close(): Promise<void> {
    await this.ready;
    this.#closed = true;
    await this.occupant?.dispose();
    await Promise.all(this.#funerals);
  }

  async #fill(): Promise<void> {
    const part = await this.#start();
    this.occupant = part;
    void part.boundary.died.then(({ label }) => {
      this.occupant = undefined;
      this.#doomed = false;
      if (this.#closed) return;
      this.deaths.push(label);
      this.ready = this.#fill();
      this.#funerals.push(part.dispose());
    });
  }
}
