import type { AuditReport, OperatorFrame, ProcessFrame } from '../../shared/api/contract.ts';
import type { StreamState } from '../../shared/live/event-stream.ts';
import { formatAge, formatCount, formatMs, formatRate, formatShare } from '../parts/numbers.ts';

/** Pulses come twice a second. A process that misses six is silent. */
export const SILENT_MS = 3_000;
/** Above this, a gateway has no room for a rush. */
export const HIGH_LOAD = 0.85;
/** Orders are created within a second or two of the win, even at the peak. */
const LATE_MS = 5_000;
/** Three seconds. What a rush does to one or two frames is no reason for an alarm. */
const LASTING_FRAMES = 6;

interface Seen {
  /** Oldest first. */
  frames: readonly OperatorFrame[];
  link: StreamState;
  /** The audit of the sale on this page. */
  audit?: AuditReport | undefined;
}

export interface Alarm {
  /** A sentence; with a link, what comes before it. */
  says: string;
  /** To the page that shows more. */
  see?: { name: string; address: string };
}

/** What the operator has to know now. Empty while all is well. */
export function alarmsOf({ frames, link, audit }: Seen): Alarm[] {
  const alarms: string[] = [];
  if (audit !== undefined && !audit.holds) {
    alarms.push(`The books do not balance: drift ${formatCount(audit.drift)}. The audit says what does not hold.`);
  }
  const frame = frames.at(-1);
  if (frame === undefined) return alarms.map(plain);
  if (link === 'waiting') alarms.push(`The gateway does not answer. These figures are from ${timeOf(frame.at)}.`);
  const lasting = lastingAlarms(frames.slice(-LASTING_FRAMES));
  return [...[...alarms, ...lasting, ...alarmsNow(frame)].map(plain), ...followerAlarms(frame)];
}

function alarmsNow({ queues, processes, deadLetters, refusedRefunds, stuckSagas = 0 }: OperatorFrame): string[] {
  const alarms: string[] = [];
  for (const { consumer, behindMs = 0 } of queues) {
    if (behindMs > LATE_MS) alarms.push(`The worker is ${formatMs(behindMs)} behind with ${consumer}.`);
  }
  for (const each of processes) {
    if (each.silentMs <= SILENT_MS) continue;
    alarms.push(`${nameOf(each)} has been silent for ${formatAge(Math.round(each.silentMs / 1_000))}.`);
  }
  const dead = deadLetters ?? 0;
  if (dead > 0)
    alarms.push(`${formatCount(dead)} ${dead === 1 ? 'message' : 'messages'} could not be handled: see the dead letters.`);
  const refused = refusedRefunds ?? 0;
  if (refused > 0)
    alarms.push(`${formatCount(refused)} ${refused === 1 ? 'refund was' : 'refunds were'} refused: see the refused refunds.`);
  if (stuckSagas > 0)
    alarms.push(`${formatCount(stuckSagas)} ${stuckSagas === 1 ? 'saga is' : 'sagas are'} stuck: see the stuck sagas.`);
  return alarms;
}

const LISTENERS = { name: 'the listeners', address: '/console/listeners' };
const WEBHOOKS = { name: 'the webhooks', address: '/console/webhooks' };

/** What follows the orders has pages of its parts. */
function followerAlarms({ failingWebhooks = 0, disabledWebhooks = 0, deadTasks = 0 }: OperatorFrame): Alarm[] {
  const alarms: Alarm[] = [];
  const add = (count: number, one: string, more: string, see: NonNullable<Alarm['see']>) => {
    if (count > 0) alarms.push({ says: `${formatCount(count)} ${count === 1 ? one : more}: see`, see });
  };
  add(disabledWebhooks, 'webhook endpoint was disabled', 'webhook endpoints were disabled', WEBHOOKS);
  add(failingWebhooks, 'webhook endpoint accepts nothing', 'webhook endpoints accept nothing', WEBHOOKS);
  add(deadTasks, 'task of a listener was given up', 'tasks of listeners were given up', LISTENERS);
  return alarms;
}

const plain = (says: string): Alarm => ({ says });

/** Alarms that hold in every one of these frames. Frames from before this page was open list no processes and no worker. */
function lastingAlarms(recent: readonly OperatorFrame[]): string[] {
  const last = recent.at(-1);
  if (last === undefined || recent.length < LASTING_FRAMES || recent.some(({ processes }) => processes.length === 0)) return [];
  const lasts = (fits: (frame: OperatorFrame) => boolean) => recent.every(fits);
  const alarms: string[] = [];
  if (lasts(({ workerAnswers }) => !workerAnswers)) {
    alarms.push('No order worker answers. Buyers still win. Orders, payments and your commands wait until a worker is back.');
  }
  const unavailable = (frame: OperatorFrame) => frame.answers['UNAVAILABLE']?.perSecond ?? 0;
  if (lasts((frame) => unavailable(frame) > 0)) {
    alarms.push(
      `${formatRate(unavailable(last))} buyers get UNAVAILABLE: Redis is down, its stock is being rebuilt, or a gateway is overloaded.`,
    );
  }
  for (const each of last.processes.filter(({ process }) => process === 'gateway')) {
    const loadIn = ({ processes }: OperatorFrame) => processes.find(({ processId }) => processId === each.processId)?.busy ?? 0;
    if (lasts((frame) => loadIn(frame) > HIGH_LOAD)) {
      alarms.push(`${nameOf(each)} is ${formatShare(each.busy)} busy. Add another gateway.`);
    }
  }
  return alarms;
}

const nameOf = ({ process, processId }: ProcessFrame): string => `${process} ${processId.slice(0, 6)}`;

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
