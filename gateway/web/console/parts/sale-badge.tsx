import type { AdminSale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { SALE_TONES, saleStateNow } from '../../shared/sale/sale-state.ts';

const NAMES = { DRAFT: 'Draft', UPCOMING: 'Upcoming', LIVE: 'Live', PAUSED: 'Paused', ENDED: 'Over' } as const;

export function SaleBadge({ sale }: { sale: Pick<AdminSale, 'state' | 'startsAt' | 'endsAt'> }) {
  const state = saleStateNow(sale, now.value);
  return <span class={['badge', SALE_TONES[state]]}>{NAMES[state]}</span>;
}
SaleBadge.props = ['sale'];
