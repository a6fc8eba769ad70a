import type { Random } from 'dev';
import { UsageError } from 'seckill-core';
import { type Fault, type Inject, nothingToHeal, TARGETS, type Target } from './fault.ts';
import { linkFaults } from './link-faults.ts';
import { NOTIFICATION_FAULTS } from './notification-faults.ts';
import { hurtMany, killRelay, loseHost, partFaults } from './part-faults.ts';
import { LINKS } from './patient.ts';

/** Faults that touch the same thing never overlap: a part that is down cannot fail again, and a proxy heals all of its faults together. */
const TOUCHES: Readonly<Partial<Record<Target, readonly string[]>>> = {
  relay: ['worker', 'gateway-nats'],
  'workers-and-gateway': ['worker', 'gateway', 'payments'],
  notifications: ['payments'],
  host: ['gateway', 'worker', ...LINKS],
  password: ['gateway', 'worker', 'redis', 'postgres'],
  replica: ['redis', 'gateway-redis', 'worker-redis'],
  clock: ['redis'],
};
const touches = ({ target }: Fault): readonly string[] => TOUCHES[target] ?? [target];

const stepClockBack: Inject = async (patient, random) => {
  await patient.stepClockBack(random.pick([2_000, 30_000, 600_000]));
  return nothingToHeal;
};

/** Of the mail server, the message service, the webhook receiver and the warehouse, which are one process. They need `--listeners`. */
const DOWNSTREAM_FAULTS = partFaults('downstream', ({ downstream }) => {
  if (downstream === undefined) throw new Error('The faults of what follows orders need --listeners.');
  return downstream;
});

export const FAULTS: readonly Fault[] = [
  ...partFaults('gateway', (patient, random) => random.pick(patient.gateways)),
  ...partFaults('worker', (patient, random) => random.pick(patient.workers)),
  { target: 'relay', kind: 'kill', inject: killRelay },
  { target: 'workers-and-gateway', kind: 'kill', inject: hurtMany('kill') },
  { target: 'workers-and-gateway', kind: 'freeze', inject: hurtMany('freeze') },
  ...partFaults('payments', (patient) => patient.payments),
  ...NOTIFICATION_FAULTS,
  ...DOWNSTREAM_FAULTS,
  { target: 'host', kind: 'lose-gateway', inject: loseHost('gateway') },
  { target: 'host', kind: 'lose-worker', inject: loseHost('worker') },
  ...partFaults('redis', (patient) => patient.redis),
  {
    target: 'redis',
    kind: 'flush',
    inject: async (patient) => {
      await patient.flushRedis();
      return nothingToHeal;
    },
  },
  ...partFaults('nats', (patient) => patient.nats),
  { target: 'nats', kind: 'full-store', inject: (patient) => patient.fillStore() },
  ...partFaults('postgres', (patient) => patient.postgres),
  { target: 'postgres', kind: 'read-only', inject: (patient) => patient.makeReadOnly() },
  { target: 'password', kind: 'redis', inject: (patient) => patient.changePassword('redis') },
  { target: 'password', kind: 'postgres', inject: (patient) => patient.changePassword('postgres') },
  { target: 'replica', kind: 'promote-stale', inject: (patient, random) => patient.promoteStaleReplica(random.between(50, 600)) },
  { target: 'clock', kind: 'step-back', inject: stepClockBack },
  ...LINKS.flatMap(linkFaults),
];

/** One fault among `possible`, or two that overlap. Targets come up equally often, however many faults they have. */
export function chooseFaults(random: Random, possible: readonly Fault[]): Fault[] {
  const targets = TARGETS.filter((target) => possible.some((fault) => fault.target === target));
  const choose = (): Fault => {
    const target = random.pick(targets);
    return random.pick(possible.filter((fault) => fault.target === target));
  };
  const first = choose();
  if (!random.chance(0.4)) return [first];
  const second = choose();
  return touches(second).some((thing) => touches(first).includes(thing)) ? [first] : [first, second];
}

export const nameOf = ({ target, kind }: Fault): string => `${target}:${kind}`;

/** The faults of `--target redis`, or one of them: `--target redis:flush`. */
export function faultsOf(given: string, flag: string): readonly Fault[] {
  const chosen = FAULTS.filter((fault) => fault.target === given || nameOf(fault) === given);
  if (chosen.length > 0) return chosen;
  throw new UsageError(`--${flag} takes one of ${TARGETS.join(', ')}, or one fault of --list, not "${given}".`);
}
