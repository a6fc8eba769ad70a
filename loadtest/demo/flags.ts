import { providerNames, writableFile } from 'dev';
import { type FlagValues, flag, readFlags } from 'seckill-core';

export const DEMO = {
  usage: 'npm run demo -- [flags]',
  flags: {
    buyers: flag.whole('simulated buyers', { to: 1_000_000, default: 10_000 }),
    stock: flag.whole('units on sale', { to: 1_000_000, default: 500 }),
    abandon: flag.fraction('share of the winners who never pay, 0 to 1', { default: 0.2 }),
    payTimeoutSeconds: flag.whole('time to pay before the order is cancelled', {
      flag: 'pay-timeout',
      value: 'SECONDS',
      to: 3600,
      default: 5,
    }),
    providers: providerNames('payment providers; with them, notifications are late, doubled, lost and forged', 'provider'),
    admission: flag.choice('how buyers come to buy: open (default), queue or draw; a gateway is killed in a queue or a draw', [
      'open',
      'queue',
      'draw',
    ]),
    hostile: flag.whole('accounts of a farm on 50 subnets, which try without pause; the operator switches rules on', {
      from: 0,
      to: 100_000,
      default: 0,
    }),
    listeners: flag.toggle('mails, text messages, webhooks, points, coupons and a warehouse that refuses some follow the orders'),
    jsonFile: writableFile('also write the report to this file', 'json'),
    quiet: flag.toggle('print nothing but the summary'),
  },
};

export type DemoOptions = FlagValues<typeof DEMO.flags>;

export function readDemoFlags(args: readonly string[]): DemoOptions {
  return readFlags(DEMO, args).flags;
}
