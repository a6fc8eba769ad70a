import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NO_ATTEMPT } from '../storefront/purchase/attempt-store.ts';
import { buyer, no, open, pass, START, sale } from './support/fake-purchase.ts';

beforeEach(() => void vi.useFakeTimers({ now: START - 60_000 }));
afterEach(() => void vi.useRealTimers());

const waitingRoom = ({ hasCome = false, takesItselfUp = true } = {}) => {
  const turn = {
    refusals: 0,
    isOn: hasCome,
    hasCome: () => turn.isOn,
    takesItselfUp: () => takesItselfUp,
    refused: () => void turn.refusals++,
  };
  return turn;
};

test('no token is fetched and no press counts before the turn', async () => {
  const ada = await open({ turn: waitingRoom() });
  ada.purchase.press(1);
  ada.purchase.saleChanged(sale());
  await pass(10_000);
  expect([ada.step, ada.asked]).toEqual(['not-admitted', []]);
});

test('a page that its buyer sees takes the turn up once, and a press buys with that token', async () => {
  const turn = waitingRoom();
  const ada = await open({ turn });
  turn.isOn = true;
  ada.purchase.turnChanged();
  ada.purchase.saleChanged(sale());
  await pass(0);
  expect([ada.step, ada.asked.length]).toEqual(['ready', 1]);
  await pass(5_000);
  ada.purchase.saleChanged(sale());
  ada.purchase.press(1);
  await pass(0);
  expect([ada.step, ada.asked.slice(1)]).toEqual(['won', ['t1 ×1']]);
});

test('a page in the background takes nothing up', async () => {
  const ada = await open({ turn: waitingRoom({ hasCome: true, takesItselfUp: false }) });
  await pass(5_000);
  expect([ada.step, ada.asked]).toEqual(['ready', []]);
});

test('a token that the gateway refuses because the turn is over is not asked for again', async () => {
  const turn = waitingRoom({ hasCome: true, takesItselfUp: false });
  const ada = await open({ turn });
  ada.refusals.push(no('NOT_ADMITTED', 1_000));
  ada.purchase.press(1);
  turn.isOn = false;
  await pass(60_000);
  expect([ada.step, ada.asked, turn.refusals]).toEqual(['not-admitted', [], 1]);
  expect(ada.stored).toEqual(NO_ATTEMPT);
});

test('taking up is repeated if the gateway is busy', async () => {
  vi.setSystemTime(START + 1_000);
  const ada = buyer({ on: sale(), turn: waitingRoom({ hasCome: true }) });
  ada.refusals.push(no('UNAVAILABLE', 1_000));
  await pass(900);
  expect(ada.asked).toEqual([]);
  await pass(1_000);
  expect(ada.asked.length).toBe(1);
});
