import type { Random } from 'dev';
import { type Fault, type Inject, nothingToHeal, type Target } from './fault.ts';
import { LINKS, type Part, type Patient } from './patient.ts';

type PartOf = (patient: Patient, random: Random) => Part;

export const partFaults = (target: Target, partOf: PartOf): Fault[] => [
  {
    target,
    kind: 'kill',
    inject: async (patient, random) => {
      const part = partOf(patient, random);
      await part.kill();
      return () => part.restart();
    },
  },
  {
    target,
    kind: 'freeze',
    inject: async (patient, random) => {
      const part = partOf(patient, random);
      part.freeze();
      return async () => part.thaw();
    },
  },
  {
    // An orderly stop and start, as in an update.
    target,
    kind: 'restart',
    inject: async (patient, random) => {
      await partOf(patient, random).restart();
      return nothingToHeal;
    },
  },
];

/** Fills the outbox by keeping the gateways from publishing, and kills a worker while it relays the outbox. */
export const killRelay: Inject = async (patient, random) => {
  const worker = random.pick(patient.workers);
  for (const link of patient.links['gateway-nats']) link.goAway();
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  await worker.kill();
  return async () => {
    for (const link of patient.links['gateway-nats']) link.heal();
    await worker.restart();
  };
};

/** Every worker and a gateway, over the deadlines of buyers who pay at that time: their payments are reported to no process. */
export const hurtMany =
  (how: 'kill' | 'freeze'): Inject =>
  async (patient, random) => {
    const parts = [...patient.workers, random.pick(patient.gateways)];
    await Promise.all(parts.map((part) => (how === 'kill' ? part.kill() : part.freeze())));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return async () => {
      await Promise.all(parts.map((part) => (how === 'kill' ? part.restart() : part.thaw())));
    };
  };

/** A machine loses its power: its process answers nothing more, no server learns of it, and another process takes its place. */
export const loseHost =
  (kind: 'gateway' | 'worker'): Inject =>
  async (patient, random) => {
    const parts = kind === 'gateway' ? patient.gateways : patient.workers;
    const lost = random.between(0, parts.length - 1);
    const links = LINKS.filter((name) => name.startsWith(kind)).flatMap((name) => patient.links[name][lost] ?? []);
    for (const link of links) link.vanish();
    parts[lost]?.freeze();
    return async () => {
      // The servers learn nothing of this end either.
      await parts[lost]?.kill();
      for (const link of links) link.heal();
      await parts[lost]?.restart();
    };
  };
