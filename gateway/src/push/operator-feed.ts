import { type ProcessPulse, processPulse, type SaleSettings } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { NatsLink } from '../links/nats-link.ts';
import { AnswerRates } from '../telemetry/answer-rates.ts';
import { AnswerTotals, sumOf } from '../telemetry/answer-totals.ts';
import { type EventStream, eventText } from './event-stream.ts';
import type { OperatorFrame, SaleFrame } from './operator-frame.ts';
import { OverviewWatch } from './overview-watch.ts';
import { RunningProcesses } from './running-processes.ts';

const EVERY_MS = 500;
/** A console that opens sees the last five minutes: one frame for each second. */
const HISTORY_FRAMES = 300;
/** A frame includes a sale from this long before its start until this long after its end. */
const AROUND_MS = 15 * 60_000;

export interface OperatorFeedParts {
  nats: NatsLink;
  sales: SalesMemory;
  clock: ServerClock;
}

/** The frames that operators watch: built twice a second from the pulses of all processes, and sent as one string to every viewer. */
export class OperatorFeed {
  readonly #parts: OperatorFeedParts;
  readonly #overview: OverviewWatch;
  readonly #processes = new RunningProcesses();
  readonly #totals = new AnswerTotals();
  readonly #rates = new AnswerRates();
  readonly #viewers = new Set<EventStream>();
  readonly #history: OperatorFrame[] = [];
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: OperatorFeedParts) {
    this.#parts = parts;
    this.#overview = new OverviewWatch(parts.nats);
    parts.nats.listen(processPulse, (pulse) => this.#receive(pulse));
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#overview.end();
  }

  /** Sends the past frames as one `history` event, then each new frame as a `frame` event. */
  show(stream: EventStream): void {
    stream.write(eventText('history', this.#history));
    this.#viewers.add(stream);
    this.#overview.begin();
    stream.onClose(() => {
      this.#viewers.delete(stream);
      if (this.#viewers.size === 0) this.#overview.end();
    });
  }

  #receive(pulse: ProcessPulse): void {
    this.#processes.add(pulse, performance.now());
    this.#totals.add(pulse);
  }

  #tick(): void {
    const now = performance.now();
    this.#rates.add(now, this.#totals.grown());
    const frame = this.#frame(now);
    this.#turn += 1;
    if (this.#turn % 2 === 0) this.#history.push({ ...frame, processes: [] });
    if (this.#history.length > HISTORY_FRAMES) this.#history.shift();
    if (this.#viewers.size === 0) return;
    const text = eventText('frame', frame);
    for (const viewer of this.#viewers) viewer.write(text);
  }

  #frame(now: number): OperatorFrame {
    const { clock, sales } = this.#parts;
    const time = clock.at(now);
    const { perSecond, latencyMs } = this.#rates;
    const answers = Object.entries(this.#totals.answers());
    const overview = this.#overview.latest;
    return {
      at: Math.round(time),
      answers: Object.fromEntries(answers.map(([outcome, total]) => [outcome, { total, perSecond: perSecond[outcome] ?? 0 }])),
      latencyMs,
      sales: sales
        .sales()
        .filter((sale) => isNear(sale, time))
        .map((sale) => this.#saleFrame(sale)),
      workerAnswers: overview !== undefined,
      ...(overview === undefined ? {} : { toldAt: Date.parse(overview.serverTime) }),
      queues: overview?.queues ?? [],
      deadLetters: overview?.deadLetters ?? null,
      processes: this.#processes.frames(now),
    };
  }

  #saleFrame({ saleId, items }: SaleSettings): SaleFrame {
    const known = this.#overview.latest?.sales.find((sale) => sale.saleId === saleId);
    return {
      saleId,
      perSecond: sumOf(items.map(({ itemId }) => this.#rates.perSecondOf(itemId))),
      items: items.map(({ itemId }) => ({ itemId, left: this.#parts.sales.item(itemId)?.left ?? null })),
      ...(known === undefined ? {} : { orders: known.orders, outbox: known.outbox }),
      ...(known?.deadlines === undefined ? {} : { deadlines: known.deadlines }),
    };
  }
}

function isNear({ startsAt, endsAt, status }: SaleSettings, time: number): boolean {
  return status !== 'DRAFT' && time > startsAt - AROUND_MS && time < endsAt + AROUND_MS;
}
