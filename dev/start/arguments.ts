import { parseArgs } from 'node:util';

const usage = `npm start -- [--starts-in SECONDS] [--stock N] [--pay-timeout SECONDS] [--gateways N] [--workers N] [--port N] [--no-sale]`;

/** Says what is wrong and ends the process where the arguments can't be used. */
export function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        'starts-in': { type: 'string', default: '120' },
        stock: { type: 'string', default: '100' },
        'pay-timeout': { type: 'string', default: '60' },
        gateways: { type: 'string', default: '1' },
        workers: { type: 'string', default: '1' },
        port: { type: 'string' },
        'no-sale': { type: 'boolean', default: false },
      },
    });
    return {
      startsInSeconds: wholeNumber('starts-in', values['starts-in'], 0),
      stock: wholeNumber('stock', values.stock, 1),
      payTimeoutSeconds: wholeNumber('pay-timeout', values['pay-timeout'], 1),
      gateways: wholeNumber('gateways', values.gateways, 1),
      workers: wholeNumber('workers', values.workers, 1),
      port: values.port === undefined ? undefined : wholeNumber('port', values.port, 1),
      withSale: !values['no-sale'],
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(1);
  }
}

export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${name} has to be a whole number from ${least} on, not "${text}".`);
  return value;
}
