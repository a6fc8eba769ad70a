import { minorUnitDigits } from 'seckill-core';
import { type DoOutcome, type SagaOrder, stepKey, type UndoOutcome } from '../saga.ts';
import type { Shop } from './shop.ts';

const STEP = 'points';

export async function awardPoints({ award, pointsPerUnit }: Shop, order: SagaOrder): Promise<DoOutcome> {
  const points = pointsOf(order, pointsPerUnit);
  if (points === 0) return { is: 'done', note: 'no points' };
  const { outcome, points: awarded } = await award({ key: stepKey(order, STEP), userId: order.userId, points });
  if (outcome === 'awarded') return { is: 'done', note: `${awarded} points` };
  return { is: 'refused', why: 'The points of this order were taken back before.' };
}

export async function takeBackPoints({ takeBack }: Shop, order: SagaOrder): Promise<UndoOutcome> {
  await takeBack({ key: stepKey(order, STEP), userId: order.userId });
  return { is: 'done' };
}

/** Whole units of the currency only: 1999 EUR cents are 19 units. */
export const pointsOf = ({ amountCents, currency }: Pick<SagaOrder, 'amountCents' | 'currency'>, perUnit: number): number =>
  Math.floor(amountCents / 10 ** minorUnitDigits(currency)) * perUnit;
