import { type ProcessPulse, PulseSender } from 'seckill-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let pulses: ProcessPulse[];
let begun: boolean[];
let sender: PulseSender;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  pulses = [];
  begun = [];
  sender = new PulseSender({
    process: 'gateway',
    send: (pulse) => pulses.push(pulse),
    describe: (begins) => {
      begun.push(begins);
      return {};
    },
  });
});
afterEach(() => {
  sender.stop();
  vi.useRealTimers();
});

test('no pulse is sent while no console is open', () => {
  vi.advanceTimersByTime(60_000);
  expect(pulses).toEqual([]);
});

test('a console that opens gets a pulse at once, then two a second until it is silent for three seconds', () => {
  vi.advanceTimersByTime(60_000);
  sender.wanted();
  expect(pulses).toHaveLength(1);
  for (let second = 0; second < 10; second += 1) {
    vi.advanceTimersByTime(1_000);
    sender.wanted();
  }
  expect(pulses).toHaveLength(21);
  vi.advanceTimersByTime(60_000);
  expect(pulses).toHaveLength(21 + 6);
  expect(begun).toEqual([true, ...Array(pulses.length - 1).fill(false)]);
  sender.wanted();
  expect(begun.at(-1)).toBe(true);
});

test('a process that stops sends none, whatever it hears', () => {
  sender.wanted();
  sender.stop();
  sender.wanted();
  vi.advanceTimersByTime(10_000);
  expect(pulses).toHaveLength(1);
});
