import { shallowRef, watch } from 'vue';
import type { OperatorFrame } from '../../shared/api/contract.ts';
import { renewNow, serverClock } from '../../shared/clock/now.ts';
import { openEventStream, type StreamState } from '../../shared/live/event-stream.ts';
import { operatorToken, signOutOperator } from '../../shared/session/operator-session.ts';

/** Ten minutes. */
const FRAMES = 1_200;

/** The frames that the charts show, oldest first. Every frame makes a new array. */
export const frames = shallowRef<readonly OperatorFrame[]>([]);
export const latest = shallowRef<OperatorFrame>();
export const link = shallowRef<StreamState>('connecting');

let close: (() => void) | undefined;

/** One stream for the whole console, while an operator is signed in. */
watch(
  operatorToken,
  (accessToken) => {
    close?.();
    close = undefined;
    frames.value = [];
    latest.value = undefined;
    if (accessToken === undefined) return;
    close = openEventStream('/api/admin/live', {
      accessToken,
      onEvent: (name, data) => (name === 'history' ? begin(data as OperatorFrame[]) : take(data as OperatorFrame)),
      onState: (state) => {
        link.value = state;
      },
      onRefused: signOutOperator,
    });
  },
  { immediate: true },
);

/** Adds the gateway's history around the frames this page has seen, which are closer together. */
function begin(history: readonly OperatorFrame[]): void {
  const [first] = frames.value;
  const before = first === undefined ? history : history.filter(({ at }) => at < first.at);
  const last = frames.value.at(-1);
  const missed = last === undefined ? [] : history.filter(({ at }) => at > last.at);
  frames.value = [...before, ...frames.value, ...missed].slice(-FRAMES);
}

function take(frame: OperatorFrame): void {
  serverClock.learn(new Date(frame.at).toISOString(), serverClock.mark());
  if (latest.value === undefined) renewNow();
  latest.value = frame;
  frames.value = [...frames.value.slice(1 - FRAMES), frame];
}
