import type { CrashPoint, Operation } from 'dev';
import { type Ground, SHORT_ACK_WAIT_MS } from '../crash/ground.ts';
import { type MortalGateway, startMortalGateway } from '../crash/mortal-gateway.ts';
import { type MortalWorker, startMortalWorker } from '../crash/mortal-worker.ts';

/** Steps that change something or report a change. Reads and periodic messages are not counted. */
const COUNTS = {
  worker:
    /^(redis (advance|release|zrem|begin-rebuild|open-item|write-sale)|postgres (create-orders|cancel-orders|settle-payments|add-statistics|UPDATE|commit add-statistics)|nats (seckill\.(deadline|order|reserved|user|broadcast\.restocked)|ack|answer)|provider)/,
  gateway: /^(redis (reserve|zrem)|nats (reserved|payment)|http 20)/,
} as const;
export type PartName = keyof typeof COUNTS;

/** Two gateways and two workers, each behind a boundary at which it can die. A dead one is replaced, as an orchestrator would. */
export class MortalPlatform {
  readonly #workers: Place<MortalWorker>[];
  readonly #gateways: Place<MortalGateway>[];

  private constructor(ground: Ground) {
    // Messages that one worker holds for long are redelivered to the other; here that is part of the story.
    this.#workers = [1, 2].map(() => new Place(() => startMortalWorker(ground, SHORT_ACK_WAIT_MS)));
    this.#gateways = [1, 2].map(() => new Place(() => startMortalGateway(ground)));
  }

  static async start(ground: Ground): Promise<MortalPlatform> {
    const platform = new MortalPlatform(ground);
    await platform.#allRun();
    return platform;
  }

  /** Addresses of the gateways that run. */
  get gatewayUrls(): string[] {
    return this.#gateways.flatMap(({ occupant }) => occupant?.url ?? []);
  }

  /** The steps at which processes have died so far. */
  get deaths(): string[] {
    return [...this.#workers, ...this.#gateways].flatMap((place) => place.deaths);
  }

  /** The process in that place dies at its `at`-th step from now on. */
  doom(part: PartName, place: number, { at, when }: Omit<CrashPoint, 'counts'>): void {
    const places: Place<Mortal>[] = part === 'worker' ? this.#workers : this.#gateways;
    places[place]?.doom({ at, when, counts: ({ label }: Operation) => COUNTS[part].test(label) });
  }

  /** Kills the processes that were doomed and have not died yet. Resolves once all are replaced. */
  async finishOff(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#gateways].map((place) => place.finishOff()));
    await this.#allRun();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#gateways].map((place) => place.close()));
  }

  async #allRun(): Promise<void> {
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
    // By then its replacement is starting.
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
