import {
  CONSOLE_OPEN_EVERY_MS,
  consoleOpen,
  type Overview,
  type ProcessPulse,
  processPulse,
  type SaleSettings,
} from 'seckill-core';
import type { ItemObserver } from '../catalogue/item-observer.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { HotItems } from '../hot-items/hot-items.ts';
import type { NatsLink } from '../links/nats-link.ts';
import { AnswerRates } from '../telemetry/answer-rates.ts';
import { AnswerTotals, sumOf } from '../telemetry/answer-totals.ts';
import { type EventStream, eventText } from './event-stream.ts';
import type { OperatorFrame, SaleFrame } from './operator-frame.ts';
import { OverviewWatch } from './overview-watch.ts';
import { RunningProcesses } from './running-processes.ts';

const EVERY_MS = 500;
/** One frame in so many is kept. */
const KEPT_EVERY = 2;
/** A console that opens sees what other consoles have seen here in the last five minutes. */
const HISTORY_MS = 5 * 60_000;
const WANTED_SHOWN = 5;
/** A frame includes a sale from this long before its start until this long after its end. */
const AROUND_MS = 15 * 60_000;

export interface OperatorFeedParts {
  nats: NatsLink;
  sales: SalesMemory;
  clock: ServerClock;
  observer: ItemObserver;
  hotItems: Pick<HotItems, 'wanted'>;
}

/**
 * The frames that operators watch: built twice a second from the pulses of all processes, and sent as one string to every viewer. Without a
 * viewer it listens to no pulses, and no process sends any for it.
 */
export class OperatorFeed {
  readonly #parts: OperatorFeedParts;
  readonly #overview: OverviewWatch;
  #processes = new RunningProcesses();
  #totals = new AnswerTotals();
  #rates = new AnswerRates();
  readonly #viewers = new Set<EventStream>();
  #history: OperatorFrame[] = [];
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;

  constructor(parts: OperatorFeedParts) {
    this.#parts = parts;
    this.#overview = new OverviewWatch(parts.nats);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#overview.end();
  }

  /** Sends the past frames as one `history` event, then each new frame as a `frame` event. */
  show(stream: EventStream): void {
    this.#forgetOld(this.#parts.clock.now());
    stream.write(eventText('history', this.#history));
    this.#viewers.add(stream);
    if (this.#viewers.size === 1) this.#begin();
    stream.onClose(() => {
      this.#viewers.delete(stream);
      if (this.#viewers.size === 0) this.stop();
    });
  }

  /** Processes answer the first broadcast with a pulse at once, so the first frame has their figures. */
  #begin(): void {
    // What was counted while no console was open here would look like the rate of the first second.
    this.#processes = new RunningProcesses();
    this.#totals = new AnswerTotals();
    this.#rates = new AnswerRates();
    this.#turn = 0;
    this.#unlisten = this.#parts.nats.listen(processPulse, (pulse) => this.#receive(pulse));
    this.#parts.nats.broadcast(consoleOpen, {});
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
    this.#timer.unref();
    this.#overview.begin();
    this.#look();
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
    if (this.#turn % (CONSOLE_OPEN_EVERY_MS / EVERY_MS) === 0) this.#parts.nats.broadcast(consoleOpen, {});
    if (this.#turn % KEPT_EVERY === 0) this.#history.push({ ...frame, processes: [] });
    this.#forgetOld(frame.at);
    this.#look();
    const text = eventText('frame', frame);
    for (const viewer of this.#viewers) viewer.write(text);
  }

  #forgetOld(now: number): void {
    const old = this.#history.findIndex(({ at }) => at > now - HISTORY_MS);
    this.#history.splice(0, old < 0 ? this.#history.length : old);
  }

  #look(): void {
    const { sales, observer } = this.#parts;
    void observer.lookAt(this.#salesNearBy().flatMap((sale) => sales.itemsOf(sale)));
  }

  #salesNearBy(): SaleSettings[] {
    const { clock, sales } = this.#parts;
    const time = clock.now();
    return sales.sales().filter((sale) => isNear(sale, time));
  }

  #frame(now: number): OperatorFrame {
    const time = this.#parts.clock.at(now);
    const { perSecond, latencyMs } = this.#rates;
    const answers = Object.entries(this.#totals.answers());
    const overview = this.#overview.latest;
    return {
      at: Math.round(time),
      answers: Object.fromEntries(answers.map(([outcome, total]) => [outcome, { total, perSecond: perSecond[outcome] ?? 0 }])),
      latencyMs,
      sales: this.#salesNearBy().map((sale) => this.#saleFrame(sale)),
      workerAnswers: overview !== undefined,
      ...(overview === undefined ? {} : { toldAt: Date.parse(overview.serverTime) }),
      queues: overview?.queues ?? [],
      deadLetters: overview?.deadLetters ?? null,
      refusedRefunds: overview?.refusedRefunds ?? null,
      ...followersOf(overview),
      processes: this.#processes.frames(now),
      wantedItems: this.#parts.hotItems.wanted.slice(0, WANTED_SHOWN).map(({ item, perSecond, isHot }) => ({
        saleId: item.sale.saleId,
        itemId: item.itemId,
        title: item.settings.title,
        perSecond,
        isHot,
      })),
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

/** What waits for an operator after the orders. A worker of the version before does not say all of it. */
function followersOf(
  overview: Overview | undefined,
): Pick<OperatorFrame, 'stuckSagas' | 'failingWebhooks' | 'disabledWebhooks' | 'deadTasks'> {
  const { stuckSagas, failingWebhooks, disabledWebhooks, deadTasks } = overview ?? {};
  const known = Object.entries({ stuckSagas, failingWebhooks, disabledWebhooks, deadTasks }).filter(
    ([, count]) => count !== undefined,
  );
  return Object.fromEntries(known);
}

function isNear({ startsAt, endsAt, status }: SaleSettings, time: number): boolean {
  return status !== 'DRAFT' && time > startsAt - AROUND_MS && time < endsAt + AROUND_MS;
}
