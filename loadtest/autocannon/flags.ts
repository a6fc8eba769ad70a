import { parseArgs } from 'node:util';
import { BadFlag, whole } from '../demo/flags.ts';

export interface LoadOptions {
  buyers: number;
  stock: number;
  seconds: number;
  connections: number;
  /** Of a platform that runs already; undefined: a private one is started. */
  gateway: string | undefined;
}

export const LOAD_USAGE = `npm run load -- [flags]

  --buyers N       purchase tokens that are sent once each, from the start of a sale (default 5000)
  --stock N        units (default 500)
  --seconds N      how long those who did not win try again (default 5)
  --connections N  (default 100)
  --gateway URL    a platform that runs already, with DEV_LOGIN=true; its ADMIN_TOKEN is read from the environment
  --help           print this`;

/** Undefined where help was asked for. Throws BadFlag. */
export function readLoadFlags(args: readonly string[]): LoadOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    buyers: whole('buyers', values.buyers, 1, 1_000_000),
    stock: whole('stock', values.stock, 1, 1_000_000),
    seconds: whole('seconds', values.seconds, 1, 3600),
    connections: whole('connections', values.connections, 1, 10_000),
    gateway: values.gateway === undefined ? undefined : origin('gateway', values.gateway),
  };
}

/** `http://host:port` without a slash at its end. */
export function origin(flag: string, text: string): string {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'http:' && url.pathname === '/') return url.origin;
  }
  throw new BadFlag(`--${flag} takes an address like http://127.0.0.1:3000, not "${text}"`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        buyers: { type: 'string', default: '5000' },
        stock: { type: 'string', default: '500' },
        seconds: { type: 'string', default: '5' },
        connections: { type: 'string', default: '100' },
        gateway: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new BadFlag((error as Error).message.split('. ')[0]?.replaceAll("'", '') ?? '');
  }
}
