import type { Random } from 'dev';
import { UsageError } from 'seckill-core';
import { type Fault, type Inject, nothingToHeal, TARGETS, type Target } from './fault.ts';
import { linkFaults } from './link-faults.ts';
import { NOTIFICATION_FAULTS } from './notification-faults.ts';
import { hurtMany, killRelay, loseHost, partFaults } from './part-faults.ts';
import { FOLLOWERS, LINKS } from './patient.ts';

/** Faults that touch the same thing never overlap: a part that is down cannot fail again, and a proxy heals all of its faults together. */
const TOUCHES: Readonly<Partial<Record<Target, readonly string[]>>> = {
  relay: ['worker', 'gateway-nats'],
  'workers-and-gateway': ['worker', 'gateway', 'payments'],
  notifications: ['payments'],
  host: ['gateway', 'worker', ...LINKS],
  password: ['gateway', 'worker', 'listeners', 'redis', 'postgres'],
  replica: ['redis', 'gateway-redis', 'worker-redis'],
  clock: ['redis'],
};
const touches = ({ target }: Fault): readonly string[] => TOUCHES[target] ?? [target];

const stepClockBack: Inject = async (patient, random) => {
  await patient.stepClockBack(random.pick([2_000, 30_000, 600_000]));
  return nothingToHeal;
};

const FOLLOWER_FAULTS = FOLLOWERS.flatMap((target) =>
  partFaults(target, ({ followers }) => {
    if (followers === undefined) throw new Error('The faults of what follows orders need --listeners.');
    return followers[target];
  }),
);

export const FAULTS: readonly Fault[] = [
  ...partFaults('gateway', (patient, random) => random.pick(patient.gateways)),
  ...partFaults('worker', (patient, random) => random.pick(patient.workers)),
  { target: 'relay', kind: 'kill', inject: killRelay },
  { target: 'workers-and-gateway', kind: 'kill', inject: hurtMany('kill') },
  { target: 'workers-and-gateway', kind: 'freeze', inject: hurtMany('freeze') },
  ...partFaults('payments', (patient) => patient.payments),
  ...NOTIFICATION_FAULTS,
  ...FOLLOWER_FAULTS,
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

export const needsListeners = ({ target }: Fault): boolean => (FOLLOWERS as readonly Target[]).includes(target);

/**
 * One fault among `possible`, or two that overlap. Targets come up equally often, however many faults they have; but what follows orders comes up in every
 * round, if it is on.
 */
export function chooseFaults(random: Random, possible: readonly Fault[]): Fault[] {
  const choose = (among: readonly Fault[]): Fault => {
    const target = random.pick(TARGETS.filter((each) => among.some((fault) => fault.target === each)));
    return random.pick(among.filter((fault) => fault.target === target));
  };
  const following = possible.filter(needsListeners);
  const first = choose(following.length > 0 ? following : possible);
  if (!random.chance(0.4)) return [first];
  const second = choose(possible);
  return touches(second).some((thing) => touches(first).includes(thing)) ? [first] : [first, second];
}

export const nameOf = ({ target, kind }: Fault): string => `${target}:${kind}`;

/** The faults of `--target redis`, or one of them: `--target redis:flush`. */
export function faultsOf(given: string, flag: string): readonly Fault[] {
  const chosen = FAULTS.filter((fault) => fault.target === given || nameOf(fault) === given);
  if (chosen.length > 0) return chosen;
  throw new UsageError(`--${flag} takes one of ${TARGETS.join(', ')}, or one fault of --list, not "${given}".`);
}
