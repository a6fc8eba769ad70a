export { type Downstream, startDownstream } from './start-downstream.ts';
