import { Type } from 'typebox';
import { defineListener } from '../listener-module.ts';

export const listener = defineListener({
  name: 'statistics',
  settings: Type.Object({}),
  async create() {
    const { saleStatistics } = await import('./sale-statistics.ts');
    return saleStatistics;
  },
});
