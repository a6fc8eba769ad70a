const whole = new Intl.NumberFormat('en-GB');
const compact = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });

export const formatCount = (value: number): string => whole.format(Math.round(value));
export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? whole.format(Math.round(value)) : compact.format(value);
export const formatRate = (value: number): string => `${value > 0 && value < 9.95 ? value.toFixed(1) : formatCompact(value)}/s`;
export const formatMiB = (bytes: number): string => `${formatCount(bytes / 1_048_576)} MiB`;

/** Rounds so that only all is 100 % and only none is 0 %: 418 of 420 are 99.5 %. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.1) return `${Math.max(0.1, share * 100).toFixed(1)} %`;
  if (share > 0.99 && share < 1) return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
  return `${(share * 100).toFixed(0)} %`;
}

/** 0.8 ms, 12 ms, 1.4 s. */
export function formatMs(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** 3 s, 4 min, 2 h, 5 d. */
export function formatAge(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export function formatWhen(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}
