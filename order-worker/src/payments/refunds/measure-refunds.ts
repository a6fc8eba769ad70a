import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';

const measureStatement = loadStatement(import.meta.url, 'measure-refunds');

/** Ages in seconds. */
interface Measured {
  open: number;
  unsent: number;
  pending: number;
  refused: number;
}

export async function countRefunds(prisma: WorkerContext['prisma']): Promise<Measured> {
  const [measured] = await prisma.$queryRawUnsafe<[Measured]>(measureStatement);
  return measured;
}

/** Keeps the gauges of refunds up to date. */
export async function measureRefunds({ prisma, metrics }: Pick<WorkerContext, 'prisma' | 'metrics'>): Promise<void> {
  const measured = await countRefunds(prisma);
  metrics.refundsOpen.set(measured.open);
  metrics.refundsRefused.set(measured.refused);
  metrics.refundOldest.set({ state: 'unsent' }, measured.unsent);
  metrics.refundOldest.set({ state: 'pending' }, measured.pending);
}
