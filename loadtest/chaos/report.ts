import type { RoundResult } from './round.ts';

export interface ChaosSummary {
  seed: number;
  rounds: number;
  held: number;
  wins: number;
  orders: number;
  paid: number;
  /** Buyers whom the provider's page told that they had paid, by provider. */
  paidAt: Record<string, number>;
  cancelled: number;
  /** Buyers who had paid before their payBy, and those of them who lost the unit. */
  paidInTime: number;
  lostInTime: number;
  rejections: number;
  longestRecoveryMs: number;
  /** Parts that ended although no fault had ended them, and how. */
  crashes: readonly string[];
  byFault: { fault: string; rounds: number; held: number; longestRecoveryMs: number }[];
  failures: { round: number; seed: number; faults: string[]; waitingFor: string; reservationIds: string[] }[];
}

const seconds = (ms: number | undefined): string => (ms === undefined ? 'never' : `${(ms / 1000).toFixed(1)} s`);

/** One line a round. */
export function roundLine(round: RoundResult): string {
  const { number, seed, faults, attempts, reserved, books, rest, holds } = round;
  const count = (status: string) => [...books.orders.values()].filter((each) => each.status === status).length;
  return [
    holds ? 'holds ' : 'BROKEN',
    `round ${String(number).padStart(3)}`,
    `seed ${String(seed).padEnd(10)}`,
    faults.join(' + ').padEnd(48),
    `${attempts.length} buyers`,
    `${reserved} reserved`,
    `${count('PAID')} paid`,
    `${count('CANCELLED')} cancelled`,
    `${books.rejections.size} rejected`,
    `${round.lostInTime} of ${round.paidInTime} paid in time lost`,
    `at rest after ${seconds(rest.ms)}`,
  ].join('  ');
}

/** What a developer needs to find the fault of a round that does not hold. */
export function failureLines(round: RoundResult): string[] {
  return [
    `Round ${round.number} does not hold. To repeat it: npm run chaos -- --rounds 1 --seed ${round.seed}`,
    ...(round.rest.ms === undefined ? [`  It was not at rest: ${round.rest.waitingFor}`] : []),
    ...round.discrepancies
      .slice(0, 20)
      .map(({ reservationId, what, answers }) => `  ${reservationId} ${what} (answers: ${answers.join(', ')})`),
    '  Timeline:',
    ...round.timeline.map((line) => `    ${line}`),
  ];
}

export function summarise(seed: number, rounds: readonly RoundResult[], crashes: readonly string[]): ChaosSummary {
  const statuses = rounds.flatMap(({ books }) => [...books.orders.values()].map(({ status }) => status));
  const paidAt: Record<string, number> = {};
  for (const { provider, paidAt: at } of rounds.flatMap(({ attempts }) => attempts)) {
    if (provider !== undefined && at !== undefined) paidAt[provider] = (paidAt[provider] ?? 0) + 1;
  }
  const sum = (of: (round: RoundResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const recovery = (of: readonly RoundResult[]) => Math.max(0, ...of.map(({ rest }) => rest.ms ?? Number.POSITIVE_INFINITY));
  const faults = [...new Set(rounds.flatMap((round) => round.faults))].sort();
  return {
    seed,
    rounds: rounds.length,
    held: rounds.filter(({ holds }) => holds).length,
    wins: sum(({ reserved }) => reserved),
    orders: statuses.length,
    paid: statuses.filter((status) => status === 'PAID').length,
    paidAt,
    cancelled: statuses.filter((status) => status === 'CANCELLED' || status === 'REFUNDED').length,
    paidInTime: sum(({ paidInTime }) => paidInTime),
    lostInTime: sum(({ lostInTime }) => lostInTime),
    rejections: sum(({ books }) => books.rejections.size),
    longestRecoveryMs: recovery(rounds),
    crashes,
    byFault: faults.map((fault) => {
      const with_ = rounds.filter((round) => round.faults.includes(fault));
      const held = with_.filter(({ holds }) => holds).length;
      return { fault, rounds: with_.length, held, longestRecoveryMs: recovery(with_) };
    }),
    failures: rounds
      .filter(({ holds }) => !holds)
      .map(({ number, seed: own, faults: those, rest, discrepancies }) => ({
        round: number,
        seed: own,
        faults: those,
        waitingFor: rest.waitingFor,
        reservationIds: discrepancies.map(({ reservationId }) => reservationId),
      })),
  };
}

/** The table at the end. */
export function summaryLines(summary: ChaosSummary): string[] {
  const { rounds, held, wins, orders, paid, cancelled, paidInTime, lostInTime, rejections, longestRecoveryMs } = summary;
  const pages = Object.entries(summary.paidAt).map(([provider, count]) => `${provider} ${count}`);
  return [
    '',
    `${'fault'.padEnd(34)}${'rounds'.padStart(7)}${'held'.padStart(7)}${'longest recovery'.padStart(18)}`,
    ...summary.byFault.map(
      (row) =>
        `${row.fault.padEnd(34)}${String(row.rounds).padStart(7)}${String(row.held).padStart(7)}` +
        seconds(Number.isFinite(row.longestRecoveryMs) ? row.longestRecoveryMs : undefined).padStart(18),
    ),
    '',
    `${held} of ${rounds} rounds hold (seed ${summary.seed}). ${wins} buyers were answered RESERVED; ${orders} orders: ${paid} paid, ` +
      `${cancelled} cancelled; ${rejections} rejections. ${paidInTime} buyers had paid before their payBy; ${lostInTime} of them lost the unit. ` +
      `Paid at ${pages.join(', ')}. The longest recovery took ${seconds(Number.isFinite(longestRecoveryMs) ? longestRecoveryMs : undefined)}.`,
    ...(summary.crashes.length === 0
      ? []
      : [`Ended although no fault had ended them: ${summary.crashes.join(', ')}. See above.`]),
  ];
}
