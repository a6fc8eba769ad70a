import { setTimeout as pause } from 'node:timers/promises';
import { Random } from 'dev';
import { type BuyerApi, type Operator, saleDraft, userIdLike } from 'simulation';
import type { DownstreamUrls } from '../downstream/follow-sale.ts';
import {
  type Books,
  compareWithBooks,
  type Discrepancy,
  hasLostUnit,
  hasPaidInTime,
  readBooks,
  readUnsettledMoney,
} from './books.ts';
import { type Attempt, buy, type Shop } from './buyer.ts';
import { followDownstream } from './downstream.ts';
import type { Fault } from './fault.ts';
import { chooseFaults, nameOf } from './faults.ts';
import type { Patient } from './patient.ts';
import { type Rest, waitForRest } from './rest.ts';

export interface Ground {
  patient: Patient;
  operator: Operator;
  api: BuyerApi;
  gatewayUrls: readonly string[];
  jwtSecret: string;
  /** Origins of the downstream sandboxes, if the listeners are on. */
  downstreamUrls?: DownstreamUrls | undefined;
  /** Payment providers, by name. */
  providers: readonly string[];
  /** Of the server itself; its password may change. */
  databaseUrl: () => string;
  /** Forged notifications that the platform accepted since the provider was started. */
  forgeriesTaken: () => Promise<number>;
}

export interface RoundResult {
  number: number;
  seed: number;
  faults: string[];
  timeline: string[];
  attempts: Attempt[];
  reserved: number;
  /** Buyers who had paid before their payBy, as the provider's page told them; and those of them whose order is not PAID. */
  paidInTime: number;
  lostInTime: number;
  books: Books;
  rest: Rest;
  discrepancies: Discrepancy[];
  holds: boolean;
}

const LOAD_MS = 4_000;
const BUYERS_PER_SECOND = 120;
const STOCK = 150;
const PAY_TIMEOUT_SECONDS = 3;
/** The sale must be at rest this soon after the last buyer. */
const REST_WITHIN_MS = 30_000;

/** One sale under steady load while parts of the platform are broken. It must settle without help afterwards, and add up. */
export async function playRound(ground: Ground, number: number, seed: number, possible: readonly Fault[]): Promise<RoundResult> {
  const random = new Random(seed);
  const began = Date.now();
  const timeline: string[] = [];
  const note = (what: string) => timeline.push(`${String(Date.now() - began).padStart(6)} ms  ${what}`);

  const sale = await ground.operator.openSale(
    saleDraft({
      title: `Chaos round ${number}`,
      lastsMs: 600_000,
      payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
      stock: STOCK,
      limitPerUser: 2,
      // Alipay and WeChat Pay take yuan only.
      item: { currency: 'CNY' },
    }),
  );
  const itemId = sale.items[0]?.itemId ?? '';
  note(`sale ${sale.saleId} is open`);
  const listening = await followDownstream(ground, sale.saleId);
  const attempts: Attempt[] = [];
  const faults = chooseFaults(random, possible);
  const { api, gatewayUrls, jwtSecret, providers } = ground;
  const shop = { api, gatewayUrls, jwtSecret, providers, saleId: sale.saleId, itemId };
  const crowd = steadyCrowd(number, random, (userId, own) => buy(shop, userId, own, attempts));
  await Promise.all(faults.map((fault, i) => hurt(ground.patient, fault, new Random(seed * 10 + i), note)));
  await crowd;
  note('the last buyer has left');

  const unsettledMoney = () => readUnsettledMoney(ground.databaseUrl(), sale.saleId);
  const rest = await waitForRest(ground.operator, sale.saleId, REST_WITHIN_MS, unsettledMoney);
  note(rest.ms === undefined ? `not at rest: waiting for ${rest.waitingFor}` : `at rest after ${rest.ms} ms`);
  const { turnedBack, discrepancies: ofDownstream } = await listening.end();
  note('all that follows the orders is compared');
  const books = await readBooks(ground.databaseUrl(), sale.saleId);
  const discrepancies = [...compareWithBooks(attempts, books, turnedBack), ...(await forgeries(ground)), ...ofDownstream];
  const inTime = attempts.filter((attempt) => hasPaidInTime(attempt, books));
  if (rest.ms !== undefined && rest.left > 0) discrepancies.push(...(await cannotWin(shop, number, random)));
  return {
    number,
    seed,
    faults: faults.map(nameOf),
    timeline,
    attempts,
    reserved: attempts.filter(({ lastAnswer }) => lastAnswer === 'RESERVED').length,
    paidInTime: inTime.length,
    lostInTime: attempts.filter((attempt) => hasLostUnit(attempt, books, turnedBack)).length,
    books,
    rest,
    discrepancies,
    holds: rest.ms !== undefined && discrepancies.length === 0,
  };
}

async function forgeries({ forgeriesTaken }: Ground): Promise<Discrepancy[]> {
  const taken = await forgeriesTaken();
  return taken === 0 ? [] : [{ reservationId: 'The webhook', what: `accepted ${taken} forged notifications`, answers: [] }];
}

/** A platform at rest sells what it has left: two more buyers try for a few seconds. */
async function cannotWin(shop: Shop, number: number, random: Random): Promise<Discrepancy[]> {
  const attempts: Attempt[] = [];
  for (const name of ['late', 'later']) {
    await buy(shop, `r${number}-${name}`, random, attempts);
    if (attempts.some(({ lastAnswer }) => lastAnswer === 'RESERVED')) return [];
  }
  const answers = attempts.flatMap((attempt) => attempt.answers);
  return [{ reservationId: `Item ${shop.itemId}`, what: 'has units left that no buyer can win', answers }];
}

async function hurt(patient: Patient, fault: Fault, random: Random, note: (what: string) => void): Promise<void> {
  await pause(random.between(200, LOAD_MS - 1_500));
  note(nameOf(fault));
  const heal = await fault.inject(patient, random);
  await pause(random.between(100, 2_500));
  await heal();
  note(`${nameOf(fault)} is over`);
}

/** Buyers who come at a steady pace. Each has a separate random sequence, so that no buyer changes the choices of another. */
async function steadyCrowd(
  number: number,
  random: Random,
  buyOne: (userId: string, own: Random) => Promise<void>,
): Promise<void> {
  const crowd: Promise<void>[] = [];
  const total = (LOAD_MS / 1000) * BUYERS_PER_SECOND;
  const from = Date.now();
  for (let i = 0; i < total; i += 1) {
    // A third of the users come twice, and one unit is left for them under the limit.
    const user = Math.floor(i * 0.75);
    const userId = userIdLike(`r${number}-u${user}`, user);
    crowd.push(buyOne(userId, new Random(random.seed * 1_000 + i)));
    const due = from + (i * 1000) / BUYERS_PER_SECOND;
    if (due > Date.now()) await pause(due - Date.now());
  }
  await Promise.all(crowd);
}
