import { itemKeys, readRunId } from 'seckill-core';
import { readSaleRow, saleSettings } from '../sales/sale-views.ts';
import { type DifferingSetting, differingSettings } from '../stock/differing-settings.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check, Finding } from './check.ts';
import { sum } from './check-books.ts';
import type { Drift } from './drift.ts';
import { reopenItem } from './repairs/reopen-item.ts';

interface ItemFault {
  itemId: string;
  title: string;
  /** `unknown`: Redis does not know its stock. */
  differing: 'unknown' | DifferingSetting[];
}

/** Redis' copy of what the operator set. */
export function checkOfItems(context: AuditContext): Check {
  let faults: ItemFault[] = [];
  return {
    key: 'items',
    name: 'Redis knows every item, with the stock that PostgreSQL says',
    look: async () => {
      const { faults: found, ...finding } = await lookAtItems(context);
      faults = found;
      return finding;
    },
    explain: () => faults.map((fault) => explain(context, fault)),
  };
}

async function lookAtItems({ redis, prisma, sale }: AuditContext): Promise<Finding & { faults: ItemFault[] }> {
  const runId = await readRunId(redis);
  const settings = saleSettings(await readSaleRow(prisma, sale.id));
  const faults: ItemFault[] = [];
  let drift = 0;
  for (const item of settings.items) {
    const { itemId, title } = item;
    if ((await redis.hget(itemKeys(itemId).item, 'runId')) !== runId) faults.push({ itemId, title, differing: 'unknown' });
    else {
      const differing = await differingSettings(redis, settings, item);
      const stock = differing.find(({ field }) => field === 'stock');
      if (stock !== undefined) drift += Math.abs(Number(stock.redis) - item.stock) || 0;
      if (differing.length > 0) faults.push({ itemId, title, differing });
    }
  }
  const detail = faults.length === 0 ? `${sum(settings.items, (item) => item.stock)} units` : faults.map(say).join('; ');
  return { holds: faults.length === 0, drift, detail, faults };
}

function say({ title, differing }: ItemFault): string {
  if (differing === 'unknown') {
    return `${title}: Redis does not know its stock, so nobody can buy until a worker has rebuilt it`;
  }
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
        'Redis has newer settings than PostgreSQL, so PostgreSQL has lost an operator’s command: was an older copy of it restored? ' +
        'Give the command (pause, resume, close, add stock) once more until PostgreSQL is as it should be, then audit again.',
    };
  }
  const mend = () => reopenItem(context, itemId);
  const does = `closes item ${itemId}, replays its orders and opens it with PostgreSQL's settings; buyers hear UNAVAILABLE meanwhile.`;
  return { says, repair: { kind: 'item', does, mend } };
}
