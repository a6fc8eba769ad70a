import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from 'dev';
import {
  callRpc,
  calls,
  newId,
  type PaymentDeadline,
  type PaymentReceived,
  paymentDeadline,
  paymentReceived,
} from 'seckill-core';
import { sweepUnpaid } from '../../src/sweep/sweep-unpaid.ts';
import type { Platform } from '../support/platform.ts';

/** Who ends an order that somebody pays: its buyer, its deadline's message, or, where that was lost, the sweep. */
export const OPPONENTS = ['buyer', 'deadline', 'sweep'] as const;
export type Opponent = (typeof OPPONENTS)[number];

export interface RacingOrder {
  orderId: string;
  userId: string;
  paymentId: string;
}

/** An order whose payment races its cancel. Times in ms from the start of its wave; several where the message comes again. */
export interface Race extends RacingOrder {
  opponent: Opponent;
  paysAt: number[];
  cancelsAt: number[];
}

const WAVE_MS = 250;
/** A payment is longer on its way than a cancel: through a stream and three statements. Without a lead it would seldom come first. */
const LEAD_MS = 150;
/** A buyer's cancel is a call with five statements, the others are decided in batches. */
const BUYERS = 0.2;
const PRICE_CENTS = 1_000;
const PAY_TIMEOUT_SECONDS = 600;

export function drawRace(random: Random, order: RacingOrder): Race {
  const opponent = random.chance(BUYERS) ? 'buyer' : random.pick(['deadline', 'sweep'] as const);
  const moment = random.between(LEAD_MS, WAVE_MS);
  const times = (time: () => number) => (random.chance(0.2) ? [time(), time()] : [time()]);
  return {
    ...order,
    opponent,
    paysAt: times(() => moment - random.between(-20, LEAD_MS)),
    cancelsAt: times(() => moment + random.between(-20, 20)),
  };
}

/** Runs the races of one wave, and the sweeps beside it. Answers the orders whose buyers were told that they are cancelled. */
export async function runWave(platform: Platform, races: readonly Race[], random: Random): Promise<string[]> {
  const told: string[] = [];
  await letDeadlinesFall(platform, races);
  const sweeps = Array.from({ length: 4 }, () => random.between(0, WAVE_MS));
  await Promise.all([
    ...races.flatMap((race) => race.paysAt.map((at) => sleep(at).then(() => pay(platform, race)))),
    ...races.flatMap((race) => {
      if (race.opponent === 'buyer') {
        return race.cancelsAt.map((at) => sleep(at).then(() => cancel(platform, race, told)));
      }
      // The message comes before its time, as after a crash of NATS, and is held back.
      return race.opponent === 'deadline' ? race.cancelsAt.map((at) => sleep(at / 2).then(() => remind(platform, race))) : [];
    }),
    ...sweeps.map((at, i) => sleep(at).then(() => sweep(platform, i))),
  ]);
  // Whoever was due after the last sweep.
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

/** The provider tells it again under the same event id; JetStream may have forgotten that it knows it. */
async function pay({ publisher }: Platform, { orderId, paymentId }: Race): Promise<void> {
  const event: PaymentReceived = {
    eventId: `pay-${orderId}`,
    type: 'payment.succeeded',
    paymentId,
    orderId,
    amountCents: PRICE_CENTS,
    currency: 'EUR',
  };
  await publisher.publish(paymentReceived.subject(event), paymentReceived.encode(event), newId());
}

async function cancel({ nc }: Platform, { orderId, userId }: Race, told: string[]): Promise<void> {
  try {
    await callRpc(nc, calls.cancelOrder, { userId, orderId }, 20_000);
    told.push(orderId);
  } catch (error) {
    if ((error as { code?: string }).code !== 'NOT_CANCELLABLE') throw error;
  }
}

async function remind({ publisher, workers }: Platform, { orderId, cancelsAt }: Race): Promise<void> {
  const dueAt = Math.ceil((workers[0]?.context.clock.now() ?? 0) + Math.max(...cancelsAt) / 2);
  const deadline: PaymentDeadline = { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] };
  await publisher.publish(paymentDeadline.subject(deadline), paymentDeadline.encode(deadline), newId());
}

/** Without its grace, in which the deadline's message would have come. */
async function sweep({ workers }: Platform, which: number): Promise<void> {
  const worker = workers[which % workers.length];
  if (worker !== undefined) await sweepUnpaid(worker.context, 0);
}
