import { executionAsyncResource } from 'node:async_hooks';

/** Never read: it keeps one object of `process.nextTick` alive. */
const kept: object[] = [];

/**
 * Keeps `process.nextTick` as fast as it is when a process starts. Call it first of all.
 *
 * Node makes an object for each tick, and serving a request takes eight of them. V8 writes their computed fields fast for as long as every object has
 * the same hidden classes, and slowly ever after once it has seen others. A full collection that finds no such object alive drops these classes, and the
 * next tick gets others: a gateway then spent a tenth of its time on these fields.
 */
export function keepTicksFast(): void {
  process.nextTick(() => kept.push(executionAsyncResource()));
}
