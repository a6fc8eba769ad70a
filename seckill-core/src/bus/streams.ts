import { DiscardPolicy, type JetStreamManager, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { deadLetter } from '../events/dead-letter.ts';
import { orderEvent } from '../events/order-event.ts';
import { paymentDeadline } from '../events/payment-deadline.ts';
import { paymentReceived } from '../events/payment-received.ts';
import { stockReserved } from '../events/stock-reserved.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A stream's name, its subjects, and what it keeps. */
interface StreamDefinition {
  name: string;
  subjects: string[];
  maxAgeMs: number;
  /** What a full stream does. `new`: it refuses the message, and the publisher keeps it. `old`: it drops its oldest message. */
  discard: 'new' | 'old';
}

export const STREAMS = {
  reservations: { name: 'SECKILL_RESERVATIONS', subjects: [stockReserved.subjects], maxAgeMs: 7 * DAY_MS, discard: 'new' },
  payments: { name: 'SECKILL_PAYMENTS', subjects: [paymentReceived.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new' },
  deadlines: { name: 'SECKILL_DEADLINES', subjects: [paymentDeadline.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new' },
  orders: { name: 'SECKILL_ORDERS', subjects: [orderEvent.subjects], maxAgeMs: 30 * DAY_MS, discard: 'old' },
  deadLetters: { name: 'SECKILL_DEAD_LETTERS', subjects: [deadLetter.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new' },
} as const satisfies Record<string, StreamDefinition>;

/** Copies of each stream on a NATS cluster; 1 on a single server. */
interface StreamOptions {
  replicas?: number;
}

/**
 * Creates the streams, or updates existing ones to these settings. Retention is by limits: work-queue retention left zombies after a
 * `kill -9`. A server silently drops settings it does not know, so the important ones are read back.
 */
export async function ensureStreams(jsm: JetStreamManager, { replicas = 1 }: StreamOptions = {}): Promise<void> {
  for (const definition of Object.values<StreamDefinition>(STREAMS)) {
    const wanted = {
      subjects: [...definition.subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
      max_age: nanos(definition.maxAgeMs),
      num_replicas: replicas,
      duplicate_window: nanos(2 * 60 * 1000),
    } satisfies Partial<StreamConfig>;
    const config = await addOrUpdate(jsm, definition.name, wanted);
    for (const key of ['retention', 'storage', 'discard', 'max_age'] as const) expectSame(config, wanted, key);
  }
}

async function addOrUpdate(jsm: JetStreamManager, name: string, wanted: Partial<StreamConfig>): Promise<StreamConfig> {
  try {
    return (await jsm.streams.add({ name, ...wanted })).config;
  } catch (cause) {
    // It exists with other settings, or another process is creating it now.
    const there = await jsm.streams.info(name).catch(() => undefined);
    if (there === undefined) {
      const why = (cause as Error).message;
      throw new Error(`Stream ${name} for ${wanted.subjects?.join(', ')} cannot be created: ${why}.`, { cause });
    }
    // These cannot be changed on any server.
    for (const key of ['retention', 'storage'] as const) expectSame(there.config, wanted, key);
    return (await jsm.streams.update(name, wanted)).config;
  }
}

function expectSame(
  config: StreamConfig,
  wanted: Partial<StreamConfig>,
  key: 'retention' | 'storage' | 'discard' | 'max_age',
): void {
  if (config[key] === wanted[key]) return;
  throw new Error(
    `Stream ${config.name} has ${key} "${config[key]}", Seckill needs "${wanted[key]}". ` +
      `Another program created it: delete it with "nats stream rm ${config.name}" once it is empty, and start again.`,
  );
}
