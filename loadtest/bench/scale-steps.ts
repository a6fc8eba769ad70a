import type { ScaleStep } from './rows/scale.ts';

const base = { units: 100_000, gateways: 1, workers: 1, items: 1, repeat: 1 };

/** One thing grows at a time. */
export const SCALE_STEPS: readonly ScaleStep[] = [
  { ...base, row: '1 000', units: 1_000, repeat: 15 },
  { ...base, row: '10 000', units: 10_000, repeat: 5 },
  { ...base, row: '100 000' },
  { ...base, row: '100 000, 20 items', items: 20 },
  { ...base, row: '100 000, 2 gateways', gateways: 2 },
  { ...base, row: '100 000, 2 workers', workers: 2 },
  { ...base, row: '1 000 000', units: 1_000_000 },
];
