import { type DifferingSetting, differingSettings, type ItemSettings, inOneWrite, readItemState, readRunId } from 'seckill-core';
import { readSaleRow, saleSettings } from '../../../sales/sale-views.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { sum } from '../../evidence/books.ts';
import { type Check, type Finding, ifInRedis } from '../check.ts';
import type { Drift } from '../drift.ts';
import { reopenItem } from './reopen-item.ts';

interface ItemFault {
  itemId: string;
  title: string;
  /** `unknown`: Redis does not know the item's stock. */
  differing: 'unknown' | DifferingSetting[];
}

type Found = Finding & { faults: ItemFault[] };

/** Redis' copy of the operator's settings. */
export const items: Check<Found> = {
  key: 'items',
  name: 'Redis has every item, with the settings and the stock that PostgreSQL has',
  appliesTo: ifInRedis,
  inspect: inspectItems,
  explain: (context, { faults }) => faults.map((fault) => explain(context, fault)),
};

async function inspectItems({ redis, prisma, sale }: AuditContext): Promise<Found> {
  const runId = await readRunId(redis);
  const settings = saleSettings(await readSaleRow(prisma, sale.id));
  const faults: ItemFault[] = [];
  let drift = 0;
  const read = (item: ItemSettings) => Promise.all([readItemState(redis, item.itemId), differingSettings(redis, settings, item)]);
  const inRedis = await Promise.all(inOneWrite(redis, () => settings.items.map(read)));
  for (const [i, item] of settings.items.entries()) {
    const { itemId, title } = item;
    const [state, differing] = inRedis[i] ?? [];
    if (differing === undefined || state?.runId !== runId) faults.push({ itemId, title, differing: 'unknown' });
    else {
      const stock = differing.find(({ field }) => field === 'stock');
      if (stock !== undefined) drift += Math.abs(Number(stock.redis) - item.stock) || 0;
      if (differing.length > 0) faults.push({ itemId, title, differing });
    }
  }
  const detail = faults.length === 0 ? `${sum(settings.items, (item) => item.stock)} units` : faults.map(say).join('; ');
  return { holds: faults.length === 0, drift, detail, faults };
}

function say({ title, differing }: ItemFault): string {
  if (differing === 'unknown') return `${title}: Redis does not know its stock, so no one can buy until a worker has rebuilt it`;
  return `${title}: ${differing.map(sayDifference).join(', ')}`;
}

const sayDifference = ({ field, redis, postgres }: DifferingSetting): string =>
  field === 'stock'
    ? `${redis} units in Redis, ${postgres} in PostgreSQL`
    : `${field} ${redis} in Redis, ${postgres} in PostgreSQL`;

function explain(context: AuditContext, fault: ItemFault): Drift {
  const { itemId, differing } = fault;
  const says = `${say(fault)}.`;
  const version = differing === 'unknown' ? undefined : differing.find(({ field }) => field === 'version');
  if (version !== undefined && Number(version.redis) > Number(version.postgres)) {
    return {
      says,
      advice:
        "Redis has newer settings than PostgreSQL, so PostgreSQL has lost an operator's command: was an older copy of it restored? " +
        'Repeat the command (pause, resume, close, add stock) until PostgreSQL is as it should be, then audit again.',
    };
  }
  const does = `closes item ${itemId}, replays its orders and opens it with PostgreSQL's settings; until then buyers get UNAVAILABLE.`;
  return { says, repair: { kind: 'item', writes: 'redis', does, apply: () => reopenItem(context, itemId) } };
}
