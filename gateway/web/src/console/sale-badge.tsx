import type { AdminSale } from '../api/contract.ts';
import { now } from '../clock/now.ts';
import { SALE_TONES, saleStateNow } from '../sale/sale-state.ts';

const NAMES = { DRAFT: 'Draft', UPCOMING: 'Upcoming', LIVE: 'Live', PAUSED: 'Paused', ENDED: 'Over' } as const;

export function SaleBadge({ sale }: { sale: Pick<AdminSale, 'state' | 'startsAt' | 'endsAt'> }) {
  const state = saleStateNow(sale, now.value);
  return <span class={['badge', SALE_TONES[state]]}>{NAMES[state]}</span>;
}
SaleBadge.props = ['sale'];
