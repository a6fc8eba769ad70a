import { Type } from 'typebox';
import { defineListener } from '../listener-module.ts';

export const listener = defineListener({
  name: 'order-search',
  settings: Type.Object({}),
  async create() {
    const { orderSearch } = await import('./order-search.ts');
    return orderSearch;
  },
});
