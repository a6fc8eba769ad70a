import type { RiskRule, RiskRulesView } from 'seckill-core';
import type { Buyer, Farm, Operator } from 'simulation';
import type { Check } from './checks/outside-checks.ts';

const SUBNETS = 50;
/** More than the honest users of any network, and fewer than a farm of a thousand has in each of its networks. */
const USERS_OF_A_SUBNET = 8;
const USERS_OF_A_DEVICE = 3;
/** Longer than the stock lasts. */
const DELAY_MS = 60_000;
const FALSE_POSITIVES = 0.01;
/** A shuffled queue gives a farm its share on average. It gets more than this beyond it once in a thousand runs. */
const STANDARD_DEVIATIONS = 3;

/** The farm of a run; undefined if it has no accounts. */
export const farmOf = (accounts: number): Farm | undefined => (accounts === 0 ? undefined : { accounts, subnets: SUBNETS });

/** What an operator switches on against a farm. The last one only observes. */
const RULES: RiskRule[] = [
  {
    ruleId: 'crowded-subnet',
    name: 'Many users of one subnet',
    enabled: true,
    action: 'slow',
    delayMs: DELAY_MS,
    when: { distinctUsers: { of: 'subnet', moreThan: USERS_OF_A_SUBNET, inSeconds: 600 } },
  },
  {
    ruleId: 'shared-device',
    name: 'Many users of one device',
    enabled: true,
    action: 'slow',
    delayMs: DELAY_MS,
    when: { distinctUsers: { of: 'device', moreThan: USERS_OF_A_DEVICE, inSeconds: 600 } },
  },
  {
    ruleId: 'hammering',
    name: 'More tries than a person makes',
    enabled: true,
    action: 'slow',
    delayMs: DELAY_MS,
    when: { velocity: { of: 'user', what: 'tries', moreThan: 30, inSeconds: 10 } },
  },
  {
    ruleId: 'no-device',
    name: 'A program without a device id',
    enabled: true,
    action: 'observe',
    when: { device: 'missing' },
  },
];

/** Switches the rules on, as an operator does. */
export async function switchRulesOn(operator: Operator): Promise<void> {
  const { version } = await operator.call<RiskRulesView>('GET', '/risk/rules');
  await operator.call('PUT', '/risk/rules', { version, rules: RULES, why: 'A farm is expected.' });
}

/** One population of a run. */
interface Population {
  accounts: number;
  /** Wins, returned units included. */
  units: number;
  slowed: number;
  challenged: number;
  blocked: number;
}

export interface Populations {
  honest: Population;
  hostile: Population;
}

/** Counts what each population got. */
export function countPopulations(buyers: readonly Buyer[]): Populations {
  const count = (people: readonly Buyer[]): Population => ({
    accounts: people.length,
    units: people.filter(({ win }) => win !== undefined).length,
    slowed: people.filter(({ held }) => held.has('slowed')).length,
    challenged: people.filter(({ held }) => held.has('challenged')).length,
    blocked: people.filter(({ held }) => held.has('blocked')).length,
  });
  return { honest: count(buyers.filter(({ isBot }) => !isBot)), hostile: count(buyers.filter(({ isBot }) => isBot)) };
}

/** Whether the farm got at most its share, and honest buyers were let alone. */
export function checkPopulations({ honest, hostile }: Populations): Check[] {
  const units = honest.units + hostile.units;
  const fairShare = hostile.accounts / Math.max(1, honest.accounts + hostile.accounts);
  const share = hostile.units / Math.max(1, units);
  const expected = units * fairShare;
  const chance = STANDARD_DEVIATIONS * Math.sqrt(expected * (1 - fairShare));
  const held = honest.slowed + honest.challenged + honest.blocked;
  return [
    {
      name: 'The farm got no more than its share, give or take chance',
      holds: hostile.units <= expected + chance,
      detail: `${hostile.units} of ${units} units, ${percent(share)}, for ${percent(fairShare)} of the accounts`,
    },
    {
      name: 'Rules held back almost no honest buyer',
      holds: held <= FALSE_POSITIVES * honest.accounts,
      detail: `${held} of ${honest.accounts}: ${honest.slowed} slowed, ${honest.challenged} challenged, ${honest.blocked} blocked`,
    },
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
