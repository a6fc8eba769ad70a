import { formatDuration } from '../../shared/format/duration.ts';
import { formatCount } from '../parts/numbers.ts';
import type { SaleDraft } from './sale-draft.ts';
import { saleOf } from './sale-draft.ts';

/** Settings that are allowed but probably a mistake. */
export function warningsOf(draft: SaleDraft, now: number): string[] {
  const warnings: string[] = [];
  const starts = Date.parse(draft.startsAt);
  const ends = Date.parse(draft.endsAt);
  const { payTimeoutSeconds, tokenLeadSeconds = 0, rateLimit, items } = saleOf(draft);
  const stock = items.reduce((sum, item) => sum + item.stock, 0);
  if (starts - now < tokenLeadSeconds * 1_000)
    warnings.push('The lead time has already begun: buyers can get tokens as soon as you publish.');
  if (tokenLeadSeconds < 10)
    warnings.push('With less than ten seconds of lead time, all buyers fetch their token right at the start.');
  if (payTimeoutSeconds * 1_000 > ends - starts) {
    warnings.push('Buyers have longer to pay than the sale lasts: unpaid units come back too late to be sold again.');
  }
  if (payTimeoutSeconds < 60) warnings.push('Less than a minute is very short for a payment with a bank app.');
  if (rateLimit.burst > 0 && rateLimit.ratePerSecond > 0 && stock > 0) {
    const seconds = Math.max(0, (stock - rateLimit.burst) / rateLimit.ratePerSecond);
    if (seconds > (ends - starts) / 1_000) {
      warnings.push(
        `At ${formatCount(rateLimit.ratePerSecond)} attempts per second, ${formatCount(stock)} units cannot be sold before the end.`,
      );
    } else if (seconds > 300)
      warnings.push(
        `The rate limit slows the sale down: the last unit sells after ${formatDuration(seconds * 1_000)} at the earliest.`,
      );
  }
  for (const item of items) if (item.priceCents === 0) warnings.push(`“${item.title}” is free.`);
  return warnings;
}
