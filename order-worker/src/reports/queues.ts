import { type ConsumerInfo, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type Overview, STREAMS } from 'seckill-core';

type Queue = Overview['queues'][number];

/** Reads how many messages wait for each consumer, and how far behind it is. */
export async function readQueues(nc: NatsConnection): Promise<Queue[]> {
  const manager = await jetstreamManager(nc);
  const consumers: ConsumerInfo[] = [];
  for (const { name } of [STREAMS.reservations, STREAMS.payments, STREAMS.deadlines]) {
    for await (const info of manager.consumers.list(name)) consumers.push(info);
  }
  const queues = await Promise.all(consumers.map((info) => readQueue(manager, info)));
  return queues.filter((queue) => queue !== undefined);
}

async function readQueue(manager: JetStreamManager, info: ConsumerInfo): Promise<Queue | undefined> {
  const consumer = info.config.durable_name;
  if (consumer === undefined) return undefined;
  const queue: Queue = {
    consumer,
    stream: info.stream_name,
    waiting: info.num_pending,
    inHand: info.num_ack_pending,
  };
  // A deadline is delayed until it is due, so its age says nothing.
  if (info.stream_name === STREAMS.deadlines.name) return queue;
  const behindMs = await ageOfOldest(manager, info);
  return behindMs === undefined ? queue : { ...queue, behindMs };
}

/**
 * Milliseconds since the first unacknowledged message was stored, so it also grows while PostgreSQL does not accept a batch. 0 if all messages
 * are acknowledged; undefined if JetStream has dropped the message.
 */
async function ageOfOldest(manager: JetStreamManager, info: ConsumerInfo): Promise<number | undefined> {
  if (info.num_pending + info.num_ack_pending === 0) return 0;
  const seq = info.ack_floor.stream_seq + 1;
  const { filter_subject } = info.config;
  const next = filter_subject === undefined ? { seq } : { seq, next_by_subj: filter_subject };
  const oldest = await manager.streams.getMessage(info.stream_name, next).catch(() => null);
  return oldest === null ? undefined : Math.max(0, Date.now() - oldest.time.getTime());
}

export async function countDeadLetters(nc: NatsConnection): Promise<number> {
  return (await (await jetstreamManager(nc)).streams.info(STREAMS.deadLetters.name)).state.messages;
}

/** By consumer. */
export async function countDeadLettersOfEach(nc: NatsConnection): Promise<Map<string, number>> {
  const { name, subjects } = STREAMS.deadLetters;
  const { state } = await (await jetstreamManager(nc)).streams.info(name, { subjects_filter: subjects[0] });
  return new Map(Object.entries(state.subjects ?? {}).map(([subject, count]) => [subject.split('.').at(-1) ?? subject, count]));
}
