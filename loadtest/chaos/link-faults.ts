import type { FaultProxy, Random } from 'dev';
import type { Fault } from './fault.ts';

import type { LinkName } from './patient.ts';

const linkFault = (target: LinkName, kind: string, hurt: (link: FaultProxy, random: Random) => void): Fault => ({
  target,
  kind,
  inject: async (patient, random) => {
    const links = patient.links[target];
    for (const link of links) hurt(link, random);
    return async () => {
      for (const link of links) link.heal();
    };
  },
});

export const linkFaults = (target: LinkName): Fault[] => [
  linkFault(target, 'cut', (link) => link.cut()),
  linkFault(target, 'halve-answers', (link, random) => link.halveAnswers(random.between(1, 20))),
  linkFault(target, 'swallow-answers', (link, random) => link.swallowAnswers(random.between(1, 20))),
  linkFault(target, 'stall', (link) => link.stall()),
  linkFault(target, 'away', (link) => link.goAway()),
  // Never healed: each connection that is open now dies in silence, some of them in the middle of a transaction.
  linkFault(target, 'silence', (link, random) => link.silence(() => random.between(0, 3))),
];
