import { once } from 'node:events';
import { firstMessage, runChild, startChild } from './child.ts';

export interface Baseline {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts one of the servers in `baselines/`. */
export async function startBaseline(name: string, databaseUrl: string): Promise<Baseline> {
  const script = `baselines/${name}.ts`;
  const child = startChild(script, [], { DATABASE_URL: databaseUrl });
  const { url } = await firstMessage<{ url: string }>(child, script);
  const stop = async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  return { url, pid: child.pid ?? 0, stop };
}

/** Seconds that a bare multi-row INSERT of `rows` orders takes. */
export function timeBareInsert(rows: number, databaseUrl: string): Promise<number> {
  return timeBareOrders(['insert', String(rows)], databaseUrl);
}

/** Seconds that a bare multi-row UPDATE takes to cancel a copy of the sale's orders, which must be unpaid. */
export function timeBareUpdate(saleId: string, databaseUrl: string): Promise<number> {
  return timeBareOrders(['update', saleId], databaseUrl);
}

async function timeBareOrders(args: readonly string[], databaseUrl: string): Promise<number> {
  return (await runChild<{ seconds: number }>('baselines/bare-orders.ts', args, { DATABASE_URL: databaseUrl })).seconds;
}
