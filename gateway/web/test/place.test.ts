import type { AnswerCode } from 'seckill-core/answers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiProblem, OFFLINE } from '../shared/api/api-problem.ts';
import type { Ticket } from '../shared/api/contract.ts';
import type { News } from '../shared/live/follow.ts';
import { Place } from '../storefront/waiting-room/place.ts';
import { hasTurn, mayTry, needsNewTicket, type PlaceState } from '../storefront/waiting-room/place-state.ts';

const NOW = 1_000_000_000_000;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

const no = (code: AnswerCode | typeof OFFLINE, retryAfterMs?: number) =>
  new ApiProblem({ code, status: 400, title: code, detail: code, retryAfterMs });
const inMs = (ms: number) => new Date(NOW + ms).toISOString();
const ticket = (change: Partial<Ticket> = {}): Ticket => ({
  ticketId: 't1',
  saleId: 'sale',
  entryId: 'e1',
  lane: 'n',
  state: 'WAITING',
  place: 7,
  ahead: 6,
  ...change,
});

/** A buyer with a gateway that answers as the test wants. */
function buyer(stored?: string) {
  let kept = stored;
  let otherTab = () => {};
  let told: (news: News<Ticket>) => void = () => {};
  const answers: (ApiProblem | Ticket)[] = [];
  const asked: string[] = [];
  const place = new Place('sale', {
    clock: { now: () => Date.now() },
    random: () => 0.5,
    onChange: () => {},
    store: {
      read: () => kept,
      write: (ticketId) => {
        kept = ticketId;
      },
      onOtherTab: (changed) => {
        otherTab = changed;
        return () => {};
      },
    },
    api: {
      async takeTicket() {
        asked.push('take');
        const answer = answers.shift() ?? ticket();
        if (answer instanceof ApiProblem) throw answer;
        return answer;
      },
      async readTicket(ticketId) {
        asked.push(`read ${ticketId}`);
        return ticket({ ticketId, place: 1, ahead: 0 });
      },
      followTicket(ticketId, listener) {
        asked.push(`follow ${ticketId}`);
        told = listener;
        return () => asked.push(`leave ${ticketId}`);
      },
    },
  });
  return {
    place,
    asked,
    answers,
    get stored() {
      return kept;
    },
    get step() {
      return place.state.step;
    },
    get ticket() {
      return place.state.step === 'inside' ? place.state.ticket : undefined;
    },
    tell: (news: News<Ticket>) => told(news),
    inOtherTab(ticketId: string) {
      kept = ticketId;
      otherTab();
    },
  };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('nothing is asked before the press; after it the ticket is kept and followed', async () => {
  const ada = buyer();
  expect([ada.step, ada.asked]).toEqual(['outside', []]);
  ada.place.join();
  ada.place.join();
  await pass(0);
  expect(ada.asked).toEqual(['take', 'follow t1']);
  expect(ada.stored).toBe('t1');
  ada.tell({ seen: ticket({ place: 7, ahead: 3 }) });
  ada.tell({ link: 'live' });
  expect(ada.place.state).toMatchObject({ step: 'inside', link: 'live', ticket: { ahead: 3 } });
});

test('a reload follows the same ticket without a press', () => {
  const ada = buyer('t1');
  expect([ada.step, ada.asked]).toEqual(['joining', ['follow t1']]);
  ada.tell({ seen: ticket() });
  expect(ada.ticket?.place).toBe(7);
});

test('a ticket that another tab takes is shown in this one too', () => {
  const ada = buyer();
  ada.inOtherTab('t1');
  ada.inOtherTab('t1');
  expect(ada.asked).toEqual(['follow t1']);
});

test.each([OFFLINE, 'UNAVAILABLE', 'RATE_LIMITED'] as const)(
  'after %s the page asks again, not sooner than told',
  async (code) => {
    const ada = buyer();
    ada.answers.push(no(code, 2_000));
    ada.place.join();
    await pass(0);
    expect(ada.place.state).toMatchObject({ step: 'busy', code });
    ada.place.join();
    await pass(1_999);
    expect(ada.asked).toEqual(['take']);
    await pass(1_000);
    expect(ada.asked).toEqual(['take', 'take', 'follow t1']);
  },
);

test('a ticket that the gateway does not know is replaced by the one it gives', async () => {
  const ada = buyer('t0');
  ada.tell({ problem: no('NOT_FOUND') });
  expect([ada.step, ada.stored]).toEqual(['busy', undefined]);
  await pass(2_000);
  expect([ada.ticket?.ticketId, ada.stored]).toEqual(['t1', 't1']);
});

test('a new ticket after a missed turn replaces the old one', async () => {
  const ada = buyer('t0');
  ada.tell({ seen: ticket({ ticketId: 't0', state: 'ENDED', missedTurn: true }) });
  ada.place.join();
  await pass(0);
  expect(ada.asked).toEqual(['follow t0', 'take', 'leave t0', 'follow t1']);
  expect(ada.stored).toBe('t1');
});

test.each([
  ['ENTRIES_CLOSED', 'closed'],
  ['UNAUTHENTICATED', 'signed-out'],
  ['VALIDATION_FAILED', 'failed'],
] as const)('%s ends in "%s", and the page stops asking', async (code, step) => {
  const ada = buyer();
  ada.answers.push(no(code));
  ada.place.join();
  await pass(60_000);
  expect([ada.step, ada.asked]).toEqual([step, ['take']]);
});

test('a look brings news at once, and after the end there is none', async () => {
  const ada = buyer('t1');
  await ada.place.look();
  expect(ada.ticket?.ahead).toBe(0);
  ada.place.end();
  ada.tell({ seen: ticket({ ahead: 99 }) });
  expect(ada.ticket?.ahead).toBe(0);
});

describe('what a ticket allows', () => {
  const inside = (change: Partial<Ticket>): PlaceState => ({ step: 'inside', link: 'live', ticket: ticket(change) });
  test.each([
    ['ADMITTED, in time', { state: 'ADMITTED', claimBy: inMs(1_000) }, 'turn and try'],
    ['DRAWN, in time', { state: 'DRAWN', claimBy: inMs(1_000) }, 'turn and try'],
    ['ADMITTED, too late', { state: 'ADMITTED', claimBy: inMs(-1) }, 'new ticket'],
    ['WAITING', {}, ''],
    ['WAITING after a missed turn that keeps its place', { missedTurn: true }, 'try'],
    ['ENDED', { state: 'ENDED' }, 'new ticket'],
    ['ENDED after a missed turn', { state: 'ENDED', missedTurn: true }, 'new ticket'],
    ['NOT_DRAWN', { state: 'NOT_DRAWN' }, ''],
    ['SOLD_OUT', { state: 'SOLD_OUT' }, ''],
  ] as [string, Partial<Ticket>, string][])('%s', (_name, change, expected) => {
    const state = inside(change);
    const found = [hasTurn(state, NOW) && 'turn', mayTry(state, NOW) && 'try', needsNewTicket(state, NOW) && 'new ticket'].filter(
      (each) => each !== false,
    );
    expect(found.join(' and ')).toBe(expected);
  });
});
