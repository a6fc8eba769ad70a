import { Latencies, type RoomTally } from 'simulation';
import { answerTable, counted, number, seconds, table } from '../command/text.ts';
import type { Outcome } from './report.ts';

export interface SummaryOptions extends Outcome {
  payTimeoutSeconds: number;
}

/** The end of the demo, for a person: what happened, the figures, the audit. */
export function summaryLines(options: SummaryOptions): string[] {
  return ['', ...story(options), '', ...figures(options), '', ...audit(options), ''];
}

function story({
  buyers,
  stock,
  admission,
  tally,
  orders,
  refusedByWarehouse,
  populations,
  payTimeoutSeconds,
  audit,
}: SummaryOptions): string[] {
  const wins = tally.count('RESERVED');
  const lines = [`${counted(buyers, 'buyer')} came for ${counted(stock, 'unit')}.`];
  if (tally.soldOutAt > 0) {
    lines.push(
      `The first "sold out" came ${seconds(tally.soldOutAt - tally.openedAt)} after the opening, when ${number(tally.winsAtSoldOut)} buyers knew of their win.`,
    );
  } else if (admission !== 'open') lines.push(...roomStory(admission, tally.room));
  else lines.push(`There were enough units: ${counted(wins, 'buyer')} won, and no buyer received "sold out".`);
  if (tally.ordered.count > 0) {
    lines.push(
      `Half of the winners saw their order within ${seconds(tally.ordered.percentile(50))} of the win (p99 ${seconds(tally.ordered.percentile(99))}).`,
    );
  }
  const late = orders.refunded - refusedByWarehouse;
  const returned = orders.cancelled + late;
  if (returned > 0) {
    lines.push(
      `${counted(returned, 'order')} ${returned === 1 ? 'was' : 'were'} not paid within ${payTimeoutSeconds} s and cancelled, ` +
        `${seconds(tally.cancelLateness.percentile(50))} after the deadline at the median (p99 ${seconds(tally.cancelLateness.percentile(99))}); ` +
        `${number(tally.resold(stock))} returned units were sold again.`,
    );
  }
  if (refusedByWarehouse > 0) {
    lines.push(
      `The warehouse refused ${counted(refusedByWarehouse, 'paid order')}: points and coupons were taken back, the money returned, and the units went back to sale.`,
    );
  }
  if (populations !== undefined) {
    const { honest, hostile } = populations;
    lines.push(
      `A farm of ${counted(hostile.accounts, 'account')} got ${counted(hostile.units, 'unit')}, ${counted(honest.accounts, 'honest buyer')} got ${number(honest.units)}; ` +
        `rules slowed ${number(hostile.slowed)} of the farm and ${number(honest.slowed)} of the others.`,
    );
  }
  const given = late <= 0 ? '' : `, ${counted(late, 'late payment')} refunded`;
  lines.push(
    `In the end ${counted(orders.paid, 'unit')} ${orders.paid === 1 ? 'is' : 'are'} paid, ${number(audit.stockLeft)} left${given}.`,
  );
  return lines;
}

function roomStory(admission: 'queue' | 'draw', { joined, turns, missed, rejoined, reloads, closedOut }: RoomTally): string[] {
  const came = admission === 'queue' ? `${counted(joined, 'buyer')} queued` : `${counted(joined, 'buyer')} entered the draw`;
  const late = closedOut === 0 ? '' : `; ${number(closedOut)} came too late to enter`;
  return [
    `${came}${late}. Their pages were closed and opened again ${number(reloads)} times.`,
    `${counted(turns, 'turn')} came, one after another; ${number(missed)} ${missed === 1 ? 'was' : 'were'} missed and went to the next ones, ` +
      `and ${number(rejoined)} buyers joined the end again.`,
  ];
}

function figures({ stock, tally, orders, settledMs }: SummaryOptions): string[] {
  const winners = tally.answers.get('RESERVED') ?? new Latencies();
  const losers = Latencies.merged(
    [...tally.answers].flatMap(([code, latencies]) => (code === 'RESERVED' || code === 'REPEATED' ? [] : [latencies])),
  );
  const rushMs = Math.max(1, tally.rushEndAt - tally.openedAt);
  return [
    ...answerTable('Answers to "buy"', tally.answers, [
      ['Winners', winners],
      ['All others', losers],
    ]),
    '',
    ...table([
      ['Orders', 'created', 'paid', 'cancelled', 'resold', 'refunded'],
      [
        '',
        ...[
          orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded,
          orders.paid,
          orders.cancelled,
          tally.resold(stock),
          orders.refunded,
        ].map(number),
      ],
    ]),
    '',
    `  In the rush: ${number(tally.rushAnswers)} answers in ${seconds(rushMs)}, ${number((tally.rushAnswers * 1000) / rushMs)} a second, ` +
      `with buyers and servers on the same cores. All orders were settled after ${seconds(settledMs)}.`,
  ];
}

function audit({ audit: { checks, holds, oversold, lost, duplicated, drift, stockLeft }, tally }: SummaryOptions): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return [
    'Audit',
    ...checks.map(({ name, holds, detail }) => `  ${holds ? '✓' : '✗'} ${name.padEnd(width)}  ${detail}`.trimEnd()),
    ...[...tally.unexpected].map(
      ([code, { count, detail }]) => `  ! ${counted(count, 'answer')} that no buyer should get: ${code} (${detail})`,
    ),
    '',
    `${holds ? 'The audit holds' : 'The audit does NOT hold'}: oversold ${oversold}, lost ${lost}, duplicated ${duplicated}, drift ${drift}, stock left ${number(stockLeft)}.`,
  ];
}
