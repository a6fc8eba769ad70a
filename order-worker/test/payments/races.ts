import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from 'dev';
import {
  calls,
  newId,
  type PaymentDeadline,
  type PaymentReceived,
  paymentDeadline,
  paymentReceived,
  send,
  untilDone,
} from 'seckill-core';
import { sweepUnpaid } from '../../src/orders/deadlines/sweep-unpaid.ts';
import { type Platform, quiet } from '../support/platform.ts';

/** What cancels an order while it is being paid: its buyer, its deadline message, or, if that was lost, the sweep. */
export const OPPONENTS = ['buyer', 'deadline', 'sweep'] as const;
export type Opponent = (typeof OPPONENTS)[number];

export interface RacingOrder {
  orderId: string;
  userId: string;
  paymentId: string;
}

/** Most ms by which payments start before cancels, by opponent. */
export type Leads = Record<Opponent, number>;

/** An order whose payment races its cancel. Times in ms from the start of its wave; several if the message is redelivered. */
export interface Race extends RacingOrder {
  opponent: Opponent;
  paysAt: number[];
  cancelsAt: number[];
}

/** All cancels start within this time. */
const WAVE_MS = 100;
/** A payment takes longer than a cancel: it passes a stream and three statements. Without a lead it would rarely be first. */
const LEAD_MS = 150;
const LEAD_LIMITS_MS = { min: 20, max: 3_000 } as const;
/** A buyer's cancel is a call with five statements; the other cancels run in batches. */
const BUYERS = 0.2;
const PRICE_CENTS = 1_000;
const PAY_TIMEOUT_SECONDS = 600;

export const firstLeads = (): Leads => ({ buyer: LEAD_MS, deadline: LEAD_MS, sweep: LEAD_MS });

/** Adapts to the speed of the machine: the side that rarely won a wave gets a better start in the next. */
export async function nextLeads({ prisma }: Platform, wave: readonly Race[], leads: Leads): Promise<Leads> {
  const orders = await prisma.order.findMany({
    where: { id: { in: wave.map(({ orderId }) => orderId) } },
    select: { id: true, status: true },
  });
  const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
  const next = (opponent: Opponent): number => {
    const ended = wave
      .filter((race) => race.opponent === opponent)
      .map(({ orderId }) => statusOf.get(orderId))
      .filter((status) => status !== 'PENDING_PAYMENT');
    const paid = ended.filter((status) => status === 'PAID').length / Math.max(1, ended.length);
    if (paid < 0.3) return Math.min(leads[opponent] * 1.5, LEAD_LIMITS_MS.max);
    if (paid > 0.7) return Math.max(leads[opponent] / 1.5, LEAD_LIMITS_MS.min);
    return leads[opponent];
  };
  return { buyer: next('buyer'), deadline: next('deadline'), sweep: next('sweep') };
}

export function drawRace(random: Random, order: RacingOrder, leads: Leads): Race {
  const opponent = random.chance(BUYERS) ? 'buyer' : random.pick(['deadline', 'sweep'] as const);
  const lead = leads[opponent];
  const moment = random.between(lead, lead + WAVE_MS);
  const times = (time: () => number) => (random.chance(0.2) ? [time(), time()] : [time()]);
  return {
    ...order,
    opponent,
    paysAt: times(() => moment - random.between(-20, lead)),
    cancelsAt: times(() => moment + random.between(-20, 20)),
  };
}

/** Runs the races of one wave and its sweeps. Returns the orders whose buyers got the answer "cancelled". */
export async function runWave(platform: Platform, races: readonly Race[], random: Random): Promise<string[]> {
  const told: string[] = [];
  await letDeadlinesFall(platform, races);
  const over = Math.max(...races.flatMap((race) => race.cancelsAt));
  const sweeps = Array.from({ length: 4 }, () => random.between(0, over));
  await Promise.all([
    ...races.flatMap((race) => race.paysAt.map((at) => sleep(at).then(() => pay(platform, race)))),
    ...races.flatMap((race) => {
      if (race.opponent === 'buyer') {
        return race.cancelsAt.map((at) => sleep(at).then(() => cancel(platform, race, told)));
      }
      // The message comes early, as after a crash of NATS, and is delayed.
      return race.opponent === 'deadline' ? race.cancelsAt.map((at) => sleep(at / 2).then(() => remind(platform, race))) : [];
    }),
    ...sweeps.map((at, i) => sleep(at).then(() => sweep(platform, i))),
  ]);
  // For orders that fell due after the last sweep.
  await sweep(platform, 0);
  return told;
}

async function letDeadlinesFall({ prisma }: Platform, races: readonly Race[]): Promise<void> {
  const due = races.filter((race) => race.opponent !== 'buyer');
  await prisma.$executeRaw`
    UPDATE orders o SET pay_by = clock_timestamp() + make_interval(secs => due.ms / 1000)
    FROM unnest(${due.map((race) => race.orderId)}::uuid[], ${due.map((race) => race.cancelsAt[0] ?? 0)}::float8[]) AS due (id, ms)
    WHERE o.id = due.id`;
}

/** The provider repeats the event under the same event id; JetStream may have forgotten it. */
async function pay({ publisher }: Platform, { orderId, paymentId }: Race): Promise<void> {
  const event: PaymentReceived = {
    eventId: `pay-${orderId}`,
    type: 'payment.succeeded',
    paymentId,
    orderId,
    amountCents: PRICE_CENTS,
    currency: 'EUR',
  };
  await send(publisher, paymentReceived, event, newId());
}

/** Like a buyer, repeats the request until the answer is not "try again". */
async function cancel(platform: Platform, { orderId, userId }: Race, told: string[]): Promise<void> {
  for (;;) {
    try {
      await platform.call(calls.cancelOrder, { userId, orderId });
      told.push(orderId);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'NOT_CANCELLABLE') return;
      if (code !== 'UNAVAILABLE') throw error;
    }
  }
}

async function remind({ publisher, workers }: Platform, { orderId, cancelsAt }: Race): Promise<void> {
  const dueAt = Math.ceil((workers[0]?.context.clock.now() ?? 0) + Math.max(...cancelsAt) / 2);
  const deadline: PaymentDeadline = { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] };
  await send(publisher, paymentDeadline, deadline, newId());
}

/** Sweeps without the grace period, in which the deadline message would arrive. */
async function sweep({ workers }: Platform, which: number): Promise<void> {
  const worker = workers[which % workers.length];
  if (worker !== undefined) await untilDone('JetStream', quiet, () => sweepUnpaid(worker.context, 0));
}
