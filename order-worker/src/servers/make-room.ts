import { type ConsumerInfo, type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { STREAMS } from 'seckill-core';
import { DEADLINES_CONSUMER } from '../orders/deadlines/deadline-consumers.ts';
import { ORDER_LANES } from '../orders/orders-consumer.ts';
import { PAYMENTS_CONSUMER } from '../payments/consume-payments.ts';
import type { WorkerContext } from './worker-context.ts';

/** Fuller than this, a stream gives up its oldest handled messages, until it is as full as that. */
const FULL = 0.7;
const ROOMY = 0.5;

/**
 * A full stream refuses winners and payments. So this removes the oldest handled messages of one that fills up: they are kept only for audits and
 * rebuilds. The stream of dead letters has no consumer, so none of them is ever removed. Also exports how full each stream is.
 */
export async function makeRoom({ nc, metrics, log }: Pick<WorkerContext, 'nc' | 'metrics' | 'log'>): Promise<void> {
  const manager = await jetstreamManager(nc);
  for (const { name, discard } of Object.values(STREAMS)) {
    const info = await manager.streams.info(name);
    const { config, state } = info;
    metrics.streamBytes.set({ stream: name }, state.bytes);
    metrics.streamLimit.set({ stream: name }, Math.max(0, config.max_bytes));
    if (discard === 'old' || config.max_bytes <= 0 || state.bytes < FULL * config.max_bytes) continue;
    const removed = await removeHandled(manager, info);
    if (removed > 0) log.info({ stream: name, removed }, 'removed the oldest handled messages of a stream that fills up');
  }
}

async function removeHandled({ streams, consumers }: JetStreamManager, { config, state }: StreamInfo): Promise<number> {
  const surplus = (state.bytes - ROOMY * config.max_bytes) / state.bytes;
  const upTo = state.first_seq + Math.ceil((state.last_seq - state.first_seq + 1) * surplus);
  let removed = 0;
  for await (const consumer of consumers.list(config.name)) {
    if (!isOurs(consumer)) continue;
    // The stream's floor is the last message before which every message of this consumer is acknowledged.
    const seq = Math.min(upTo, consumer.ack_floor.stream_seq + 1);
    if (seq <= state.first_seq) continue;
    const { filter_subject: filter } = consumer.config;
    removed += (await streams.purge(config.name, filter === undefined ? { seq } : { filter, seq })).purged;
  }
  return removed;
}

/** Messages that another program's consumer has handled may still wait for ours. */
const isOurs = ({ name }: ConsumerInfo): boolean =>
  ORDER_LANES.some(({ consumer }) => name === consumer) || name === PAYMENTS_CONSUMER || name.startsWith(DEADLINES_CONSUMER);
