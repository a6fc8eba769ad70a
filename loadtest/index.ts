export { Generator } from './bench/generator/generator.ts';
export { openBenchSale } from './bench/sales.ts';
