import { sleep } from 'k6';
import { Counter, Rate } from 'k6/metrics';
import type { RiskRule } from '../../../seckill-core/src/domain/risk/risk-rules.ts';
import { type Client, fetchToken, login, reserve } from './buyer.ts';
import { readRules, type Sale, writeRules } from './operator.ts';
import { setting } from './settings.ts';

/** Honest buyers, each with a device, and accounts of one owner who uses a few devices for all of them. */
export const CROWD = setting('CROWD', 200);
export const FARM = setting('FARM', 100);
const ACCOUNTS_OF_A_DEVICE = 20;
/** A person may have a second account, and a family one device. */
const USERS_OF_A_DEVICE = 3;
/** Longer than the stock lasts. */
const DELAY_MS = 60_000;
const TRIES = 10;
const LONGEST_WAIT_MS = 10_000;

/** The units that each population got. */
const crowdUnits = new Counter('crowd_units');
const farmUnits = new Counter('farm_units');
/** Share of the farm in all units won. */
const farmShare = new Rate('farm_share');
/** Share of the honest buyers who were slowed down, challenged or blocked: false positives. */
const crowdHeldBack = new Rate('crowd_held_back');

export const populationThresholds = {
  farm_share: [`rate<${FARM / (FARM + CROWD)}`],
  crowd_held_back: ['rate<=0.01'],
  crowd_units: ['count>=1'],
};

/** Few enough that both populations cannot all win. */
export const CONTESTED_STOCK = setting('CONTESTED', Math.ceil((CROWD + FARM) / 4));

const ruleIdOf = ({ saleId }: Sale): string => `k6-${saleId.slice(-12)}`;

/** Adds a rule against the farm, for this sale alone. */
export function watchDevices(sale: Sale): void {
  const { version, rules } = readRules();
  const rule: RiskRule = {
    ruleId: ruleIdOf(sale),
    name: 'Many users of one device (k6)',
    enabled: true,
    action: 'slow',
    delayMs: DELAY_MS,
    when: { saleIds: [sale.saleId], distinctUsers: { of: 'device', moreThan: USERS_OF_A_DEVICE, inSeconds: 600 } },
  };
  writeRules({ version, rules: [...rules, rule] });
}

/** Removes the rule again, and keeps what others have changed since. */
export function unwatchDevices(sale: Sale): void {
  const { version, rules } = readRules();
  writeRules({ version, rules: rules.filter(({ ruleId }) => ruleId !== ruleIdOf(sale)) });
}

export function beOfCrowd(sale: Sale, index: number): void {
  const { won, heldBack } = tryToBuy(sale, `crowd-${sale.saleId.slice(-6)}-${index}`, {
    device: `phone-${sale.saleId}-${index}`,
  });
  crowdHeldBack.add(heldBack);
  if (!won) return;
  crowdUnits.add(1);
  farmShare.add(false);
}

export function beOfFarm(sale: Sale, index: number): void {
  const device = `farm-${sale.saleId}-${Math.floor(index / ACCOUNTS_OF_A_DEVICE)}`;
  if (!tryToBuy(sale, `farm-${sale.saleId.slice(-6)}-${index}`, { device }).won) return;
  farmUnits.add(1);
  farmShare.add(true);
}

/** Tries until the sale says yes or no, or asks for a wait that is longer than the stock lasts. */
function tryToBuy({ saleId, itemId }: Sale, userId: string, client: Client): { won: boolean; heldBack: boolean } {
  const { purchaseToken, code } = fetchToken(login(userId), saleId, itemId, client);
  if (purchaseToken === undefined) return { won: false, heldBack: code === 'BLOCKED' };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = reserve(purchaseToken, {}, client);
    if (answer.status === 202) return { won: true, heldBack: false };
    if (answer.code === 'CHALLENGE_REQUIRED' || answer.code === 'BLOCKED') return { won: false, heldBack: true };
    if (answer.code !== 'RATE_LIMITED') return { won: false, heldBack: false };
    if (answer.retryAfterMs > LONGEST_WAIT_MS) return { won: false, heldBack: true };
    sleep(answer.retryAfterMs / 1_000);
  }
  return { won: false, heldBack: false };
}
