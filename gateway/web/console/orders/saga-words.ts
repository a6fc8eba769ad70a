import type { AdminOrder } from '../../shared/api/contract.ts';

type Saga = NonNullable<AdminOrder['saga']>;

const STEP_NAMES: Readonly<Record<string, string>> = {
  payment: 'Payment',
  points: 'Points',
  coupon: 'Coupon',
  fulfilment: 'Shipment',
};

/** A step of a newer worker keeps its own name. */
export const nameOfStep = (step: string): string => STEP_NAMES[step] ?? step;

const SAGA_STATES: Readonly<Record<Saga['state'], { name: string; tone: string }>> = {
  RUNNING: { name: 'Under way', tone: 'tone-info' },
  COMPENSATING: { name: 'Turning back', tone: 'tone-wait' },
  COMPLETED: { name: 'Completed', tone: 'tone-good' },
  COMPENSATED: { name: 'Compensated', tone: 'tone-quiet' },
};

export const standingOfSaga = ({ state, stuckSince }: Pick<Saga, 'state' | 'stuckSince'>): { name: string; tone: string } =>
  stuckSince === undefined ? SAGA_STATES[state] : { name: `${SAGA_STATES[state].name}, stuck`, tone: 'tone-bad' };

export const STEP_STATES: Readonly<Record<Saga['steps'][number]['state'], { name: string; tone: string }>> = {
  UNDER_WAY: { name: 'Under way', tone: 'tone-info' },
  DONE: { name: 'Done', tone: 'tone-good' },
  SKIPPED: { name: 'Skipped', tone: 'tone-wait' },
  REFUSED: { name: 'Refused', tone: 'tone-bad' },
  BEGUN: { name: 'To be undone', tone: 'tone-wait' },
  UNDONE: { name: 'Undone', tone: 'tone-quiet' },
  KEPT: { name: 'Kept', tone: 'tone-wait' },
};
