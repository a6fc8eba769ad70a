import { PROTOCOLS } from 'payment-sandbox';
import { type Flag, flag, UsageError } from 'seckill-core';

/** The payment providers that the sandbox stands in for. */
export const allProviders: readonly string[] = PROTOCOLS;

/** Names of payment providers that the sandbox stands in for, separated by commas. */
export function providerNames(does: string, name: string): Flag<readonly string[] | undefined> {
  return flag.valued(does, { flag: name, value: 'NAME,NAME…' }, (given) => {
    const names = given.split(',');
    const unknown = names.find((each) => !PROTOCOLS.includes(each));
    if (unknown !== undefined) {
      throw new UsageError(`--${name}: there is no provider "${unknown}". Known are ${PROTOCOLS.join(', ')}.`);
    }
    return [...new Set(names)];
  });
}
