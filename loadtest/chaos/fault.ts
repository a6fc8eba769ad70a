import type { Random } from 'dev';
import { FOLLOWERS, type Heal, LINKS, type Patient } from './patient.ts';

export const TARGETS = [
  'gateway',
  'worker',
  'relay',
  'workers-and-gateway',
  'payments',
  'notifications',
  ...FOLLOWERS,
  'host',
  'redis',
  'nats',
  'postgres',
  'password',
  'replica',
  'clock',
  ...LINKS,
] as const;
export type Target = (typeof TARGETS)[number];

export type Inject = (patient: Patient, random: Random) => Promise<Heal>;

export interface Fault {
  readonly target: Target;
  readonly kind: string;
  readonly inject: Inject;
}

export const nothingToHeal: Heal = async () => {};
