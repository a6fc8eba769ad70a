import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OFFLINE } from '../shared/api/api-problem.ts';
import { buyer, no, open, pass, START, sale } from './support/fake-purchase.ts';

beforeEach(() => void vi.useFakeTimers({ now: START - 60_000 }));
afterEach(() => void vi.useRealTimers());

describe('before the start', () => {
  test('the token is fetched at a random moment of the lead time, and nothing is bought without a press', async () => {
    const ada = buyer();
    expect(ada.step).toBe('too-early');
    await pass(30_000);
    expect(ada.asked).toEqual([]);
    await pass(28_000);
    expect(ada.step).toBe('armed');
    expect(ada.asked).toEqual([expect.stringMatching(/^token at -18[78]\d\d$/)]);
    await pass(10_000);
    ada.purchase.saleChanged(sale());
    expect(ada.step).toBe('ready');
    expect(ada.reservations()).toEqual([]);
  });

  test('a press is kept and sent at zero', async () => {
    const ada = buyer();
    ada.purchase.press(2);
    await pass(59_990);
    expect(ada.reservations()).toEqual([]);
    await pass(20);
    expect(ada.reservations()).toEqual(['t1 ×2']);
    expect(ada.step).toBe('won');
  });

  test('in a sale of many items, a token is fetched only after a press', async () => {
    const ada = buyer({ armsItself: false });
    await pass(59_000);
    expect(ada.asked).toEqual([]);
    ada.purchase.press(1);
    await pass(10);
    expect(ada.step).toBe('armed');
  });
});

describe('an attempt', () => {
  test('pressed many times is sent once', async () => {
    const ada = await open();
    for (let i = 0; i < 5; i++) ada.purchase.press(1);
    await pass(10);
    expect(ada.reservations()).toEqual(['t1 ×1']);
  });

  test.each(['RATE_LIMITED', 'SALE_PAUSED', 'UNAVAILABLE', 'INTERNAL', OFFLINE] as const)(
    'answered with %s is repeated with the same token, not earlier than asked',
    async (code) => {
      const ada = await open();
      ada.answers.push(no(code, 3_000), no(code, 3_000));
      ada.purchase.press(1);
      await pass(2_990);
      expect(ada.step).toBe('busy');
      expect(ada.reservations()).toHaveLength(1);
      await pass(10_000);
      expect(ada.reservations()).toEqual(['t1 ×1', 't1 ×1', 't1 ×1']);
      expect(ada.step).toBe('won');
    },
  );

  test('that is sold out ends, and can be repeated when units come back', async () => {
    const ada = await open();
    ada.answers.push(no('SOLD_OUT'));
    ada.purchase.press(1);
    await pass(10);
    expect(ada.purchase.state).toEqual({ step: 'sold-out', wanted: false });
    await pass(3_000);
    ada.purchase.saleChanged(sale({}, 1));
    expect(ada.step).toBe('ready');
    expect(ada.reservations()).toHaveLength(1);
  });

  test('that is sold out and pressed again is sent when units come back', async () => {
    const ada = await open();
    ada.answers.push(no('SOLD_OUT'));
    ada.purchase.press(1);
    await pass(10);
    ada.purchase.press(1);
    await pass(3_000);
    ada.purchase.saleChanged(sale({}, 0));
    expect(ada.step).toBe('sold-out');
    ada.purchase.saleChanged(sale({}, 1));
    await pass(10);
    expect(ada.step).toBe('won');
  });

  test('for a returned unit keeps waiting after another "sold out": another buyer was quicker, or the unit is still held back', async () => {
    const ada = await open();
    ada.answers.push(no('SOLD_OUT'), no('SOLD_OUT'));
    ada.purchase.press(1);
    await pass(10);
    ada.purchase.press(1);
    await pass(3_000);
    ada.purchase.saleChanged(sale({}, 1));
    await pass(10);
    expect(ada.purchase.state).toEqual({ step: 'sold-out', wanted: true });
    expect(ada.reservations()).toHaveLength(2);
    await pass(3_000);
    ada.purchase.saleChanged(sale({}, 1));
    await pass(10);
    expect(ada.step).toBe('won');
  });

  test.each([
    ['LIMIT_REACHED', 'limit-reached'],
    ['SALE_ENDED', 'ended'],
    ['VALIDATION_FAILED', 'failed'],
  ] as const)('answered with %s ends as %s', async (code, step) => {
    const ada = await open();
    ada.answers.push(no(code));
    ada.purchase.press(1);
    await pass(60_000);
    expect(ada.step).toBe(step);
    expect(ada.reservations()).toHaveLength(1);
    expect(ada.stored.wanted).toBe(false);
  });

  test('whose token has expired finds out whether it has won before it gets another', async () => {
    const ada = await open();
    ada.answers.push(no(OFFLINE), no('TOKEN_INVALID'));
    ada.hasWonSecretly();
    ada.purchase.press(1);
    await pass(5_000);
    expect(ada.asked).toContain('is there r1?');
    expect(ada.step).toBe('won');
    expect(ada.asked.filter((each) => each.startsWith('token'))).toHaveLength(1);
  });

  test('whose token has expired without a win gets another one', async () => {
    const ada = await open();
    ada.answers.push(no('TOKEN_INVALID'));
    ada.purchase.press(2);
    await pass(5_000);
    expect(ada.reservations()).toEqual(['t1 ×2', 't2 ×2']);
    expect(ada.step).toBe('won');
  });

  test('ends if every token is refused', async () => {
    const ada = await open();
    ada.answers.push(...Array.from({ length: 20 }, () => no('TOKEN_INVALID')));
    ada.purchase.press(1);
    await pass(120_000);
    expect(ada.reservations().length).toBeLessThanOrEqual(4);
    expect(ada.step).toBe('ready');
  });

  test('that is withdrawn ends once the page knows that it has not won', async () => {
    const ada = await open();
    ada.answers.push(no('RATE_LIMITED', 5_000));
    ada.purchase.press(1);
    await pass(10);
    ada.purchase.withdraw();
    await pass(60_000);
    expect(ada.asked).toContain('is there r1?');
    expect(ada.step).toBe('ready');
    expect(ada.reservations()).toHaveLength(1);
  });

  test('that is withdrawn although it has won is shown as won', async () => {
    const ada = await open();
    ada.answers.push(no(OFFLINE));
    ada.hasWonSecretly();
    ada.purchase.press(1);
    await pass(10);
    ada.purchase.withdraw();
    await pass(10);
    expect(ada.step).toBe('won');
  });
});

describe('a page that is reloaded', () => {
  const token = { purchaseToken: 't9', reservationId: 'r9', opensAt: '', expiresAt: new Date(START + 600_000).toISOString() };

  test('follows a reservation', async () => {
    const ada = await open({ stored: { token, won: true, sent: true, wanted: true } });
    expect(ada.step).toBe('won');
    expect(ada.reservations()).toEqual([]);
  });

  test('repeats a request that may have been lost', async () => {
    const ada = await open({ stored: { token, sent: true, wanted: true, quantity: 2 } });
    expect(ada.reservations()).toEqual(['t9 ×2']);
    expect(ada.step).toBe('won');
  });

  test('keeps waiting for the start', async () => {
    const ada = buyer({ stored: { wanted: true } });
    await pass(60_010);
    expect(ada.step).toBe('won');
  });
});

describe('a reservation', () => {
  test('is shown as it changes, and the buyer can buy again once it is over', async () => {
    const ada = await open();
    ada.purchase.press(1);
    await pass(10);
    ada.tell({ link: 'live' });
    ada.tell({ reservation: { reservationId: 'r1', status: 'CANCELLED' } });
    expect(ada.purchase.state).toMatchObject({ step: 'won', link: 'live', reservation: { status: 'CANCELLED' } });
    ada.purchase.again();
    expect(ada.step).toBe('ready');
    ada.purchase.press(1);
    await pass(10);
    expect(ada.reservations()).toEqual(['t1 ×1', 't2 ×1']);
  });

  test('that the gateway no longer knows is not a dead end', async () => {
    const ada = await open();
    ada.purchase.press(1);
    await pass(10);
    ada.tell({ problem: no('NOT_FOUND') });
    expect(ada.step).toBe('failed');
    ada.purchase.again();
    expect(ada.step).toBe('ready');
  });
});

test('a sale that ended long ago accepts no press', async () => {
  vi.setSystemTime(START + 4_000_000);
  const ada = buyer({ on: sale({ state: 'ENDED' }) });
  ada.purchase.press(1);
  await pass(10_000);
  expect(ada.step).toBe('ended');
  expect(ada.asked).toEqual([]);
});
