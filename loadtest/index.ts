export { Generator } from './bench/generator/generator.ts';
export { openBenchSale } from './bench/measure/sales.ts';
