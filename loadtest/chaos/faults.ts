import type { FaultProxy, Random } from 'dev';

/** A process that faults can break. */
export interface Part {
  kill(): Promise<void>;
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** The platform, as the faults see it. */
export interface Patient {
  readonly gateways: readonly Part[];
  readonly workers: readonly Part[];
  readonly redis: Part;
  readonly nats: Part;
  readonly postgres: Part;
  /** Between the gateways (or workers) and a server. */
  readonly links: Readonly<Record<LinkName, FaultProxy>>;
  flushRedis(): Promise<void>;
}

export const LINKS = ['gateway-redis', 'gateway-nats', 'worker-redis', 'worker-nats', 'worker-postgres'] as const;
export type LinkName = (typeof LINKS)[number];

export const TARGETS = ['gateway', 'worker', 'relay', 'redis', 'nats', 'postgres', ...LINKS] as const;
export type Target = (typeof TARGETS)[number];

/** Undoes the fault; a part that was killed runs again afterwards. */
export type Heal = () => Promise<void>;
type Inject = (patient: Patient, random: Random) => Promise<Heal>;

export interface Fault {
  readonly target: Target;
  readonly kind: string;
  readonly inject: Inject;
}

type PartOf = (patient: Patient, random: Random) => Part;

const kill =
  (partOf: PartOf): Inject =>
  async (patient, random) => {
    const part = partOf(patient, random);
    await part.kill();
    return () => part.restart();
  };

const freeze =
  (partOf: PartOf): Inject =>
  async (patient, random) => {
    const part = partOf(patient, random);
    part.freeze();
    return async () => part.thaw();
  };

/** An orderly stop and start, as in an update. */
const restart =
  (partOf: PartOf): Inject =>
  async (patient, random) => {
    await partOf(patient, random).restart();
    return async () => {};
  };

const partFaults = (target: Target, partOf: PartOf): Fault[] => [
  { target, kind: 'kill', inject: kill(partOf) },
  { target, kind: 'freeze', inject: freeze(partOf) },
  { target, kind: 'restart', inject: restart(partOf) },
];

const linkFault = (target: LinkName, kind: string, hurt: (link: FaultProxy, random: Random) => void): Fault => ({
  target,
  kind,
  inject: async (patient, random) => {
    const link = patient.links[target];
    hurt(link, random);
    return async () => link.heal();
  },
});

const linkFaults = (target: LinkName): Fault[] => [
  linkFault(target, 'cut', (link) => link.cut()),
  linkFault(target, 'halve-answers', (link, random) => link.halveAnswers(random.between(1, 20))),
  linkFault(target, 'swallow-answers', (link, random) => link.swallowAnswers(random.between(1, 20))),
  linkFault(target, 'stall', (link) => link.stall()),
  linkFault(target, 'away', (link) => link.goAway()),
];

/** Fills the outbox by keeping the gateways from publishing, and kills a worker while it relays the outbox. */
const killRelay: Inject = async (patient, random) => {
  const worker = random.pick(patient.workers);
  patient.links['gateway-nats'].goAway();
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  await worker.kill();
  return async () => {
    patient.links['gateway-nats'].heal();
    await worker.restart();
  };
};

const flushRedis: Inject = async (patient) => {
  await patient.flushRedis();
  return async () => {};
};

export const FAULTS: readonly Fault[] = [
  ...partFaults('gateway', (patient, random) => random.pick(patient.gateways)),
  ...partFaults('worker', (patient, random) => random.pick(patient.workers)),
  { target: 'relay', kind: 'kill', inject: killRelay },
  ...partFaults('redis', (patient) => patient.redis),
  { target: 'redis', kind: 'flush', inject: flushRedis },
  ...partFaults('nats', (patient) => patient.nats),
  ...partFaults('postgres', (patient) => patient.postgres),
  ...LINKS.flatMap(linkFaults),
];

/** One fault, or two that overlap. Targets come up equally often, however many faults they have. */
export function chooseFaults(random: Random, only: Target | undefined): Fault[] {
  const choose = (): Fault => {
    const target = only ?? random.pick(TARGETS);
    return random.pick(FAULTS.filter((fault) => fault.target === target));
  };
  const first = choose();
  if (!random.chance(0.4)) return [first];
  const second = choose();
  // A part that is down cannot fail again, and a proxy heals all of its faults together.
  return second.target === first.target ? [first] : [first, second];
}
