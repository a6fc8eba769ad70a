import { isDeepStrictEqual } from 'node:util';
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos, PermissionViolationError } from '@nats-io/nats-core';
import { deadLetter } from '../events/dead-letter.ts';
import { orderEvent } from '../events/order-event.ts';
import { paymentDeadline } from '../events/payment-deadline.ts';
import { paymentReceived } from '../events/payment-received.ts';
import { roomEvent } from '../events/room-event.ts';
import { saleEvent } from '../events/sale-event.ts';
import { HOT_SUBJECTS, PRIORITY_SUBJECTS, stockReserved } from '../events/stock-reserved.ts';
import { streamOnServer } from './nats-prefix.ts';
import { isNoRoom, NO_ROOM, pastProbes, roomFor, roomInStore } from './store-room.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A stream's name, its subjects, and what it keeps. */
interface StreamDefinition {
  name: string;
  subjects: string[];
  maxAgeMs: number;
  /** What a full stream does. `new`: it refuses the message, and the publisher keeps it. `old`: it drops its oldest message. */
  discard: 'new' | 'old';
  /** Percent of the store. Each stream has a limit and the limits add up to the store, so facts never take the room of winners. */
  share: number;
}

export const STREAMS = {
  reservations: {
    name: 'SECKILL_RESERVATIONS',
    subjects: [stockReserved.subjects, PRIORITY_SUBJECTS, HOT_SUBJECTS],
    maxAgeMs: 7 * DAY_MS,
    discard: 'new',
    share: 25,
  },
  payments: { name: 'SECKILL_PAYMENTS', subjects: [paymentReceived.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new', share: 10 },
  deadlines: {
    name: 'SECKILL_DEADLINES',
    subjects: [paymentDeadline.subjects],
    maxAgeMs: 30 * DAY_MS,
    discard: 'new',
    share: 10,
  },
  /** Of orders and of sales, so that one position covers both. */
  orders: {
    name: 'SECKILL_ORDERS',
    subjects: [orderEvent.subjects, saleEvent.subjects],
    maxAgeMs: 30 * DAY_MS,
    discard: 'old',
    share: 40,
  },
  /** What happens in waiting rooms: they are rebuilt and audited from it. */
  queue: { name: 'SECKILL_QUEUE', subjects: [roomEvent.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new', share: 10 },
  deadLetters: { name: 'SECKILL_DEAD_LETTERS', subjects: [deadLetter.subjects], maxAgeMs: 30 * DAY_MS, discard: 'new', share: 5 },
} as const satisfies Record<string, StreamDefinition>;

interface StreamOptions {
  /** Copies of each new stream on a NATS cluster; default 1. An existing stream never gets fewer than it has. */
  replicas?: number | undefined;
  /**
   * Bytes for all streams together. By default, a stream that has no limit gets its part of {@link roomInStore}, and one that has a limit keeps it.
   * An existing stream never gets less than it has.
   */
  storeBytes?: number | undefined;
  /** That of the connection. The errors name streams as they are on the server. */
  prefix?: string | undefined;
}

/** A stream that already holds messages gets at least this much more room. */
const HEADROOM = 1.25;

/**
 * Creates the streams, or brings existing ones to these settings. Whatever an operator, or a newer worker, has raised stays: replicas, age,
 * bytes. Retention is by limits: work-queue retention left zombies after a `kill -9`. A server silently drops settings it does not know, so
 * the important ones are read back.
 */
export async function ensureStreams(jsm: JetStreamManager, options: StreamOptions = {}): Promise<void> {
  try {
    await createOrUpdate(jsm, options);
  } catch (error) {
    const denied = [error, (error as Error).cause].find((each) => each instanceof PermissionViolationError);
    if (denied === undefined) throw error;
    // Without the cause: this is no outage, and only an administrator can help.
    throw new UnfitStream(
      `The streams cannot be made or changed: the user of NATS_URL or NATS_CREDS has no right to publish to ${denied.subject}. ` +
        'Grant it, or start one worker as a user that has it: later workers change nothing.',
    );
  }
}

async function createOrUpdate(jsm: JetStreamManager, { replicas, storeBytes, prefix }: StreamOptions): Promise<void> {
  const streams = await Promise.all(
    Object.values<StreamDefinition>(STREAMS).map(async (definition) => ({
      definition,
      there: await infoOf(jsm, definition.name),
    })),
  );
  const unlimited = streams.filter(({ there }) => !hasLimit(there));
  const share = unlimited.reduce((sum, { definition }) => sum + definition.share, 0);
  const total = storeBytes ?? (share === 0 ? 0 : await roomInStore(jsm, share / 100, replicas ?? 1));
  const isAddition = (there: StreamInfo | undefined) => there === undefined && unlimited.length < streams.length;
  for (const { definition, there } of streams) {
    // The room was measured for streams without a limit only: the others may have no more.
    const keeps = storeBytes === undefined && hasLimit(there);
    const part = Math.floor((total * definition.share) / 100);
    // Added by a new version, or lost: the limits of the others may leave less than its part.
    const bytes = isAddition(there) ? await roomFor(jsm, part, replicas ?? 1) : keeps ? 0 : part;
    const wanted = settingsOf(definition, there, { replicas, bytes });
    const names = { name: definition.name, onServer: streamOnServer(definition.name, prefix) };
    const config = await addOrUpdate(jsm, names, wanted, there);
    for (const key of ['retention', 'storage', 'discard', 'max_age', 'max_bytes'] as const)
      expectSame(config, wanted, key, names.onServer);
  }
}

const hasLimit = (there: StreamInfo | undefined): boolean => (there?.config.max_bytes ?? -1) > 0;

function settingsOf(
  definition: StreamDefinition,
  there: StreamInfo | undefined,
  { replicas = 1, bytes }: { replicas: number | undefined; bytes: number },
) {
  const age = nanos(definition.maxAgeMs);
  // Without a limit it may hold more than its share. A limit below what it holds would drop its oldest messages.
  const held = hasLimit(there) ? (there?.config.max_bytes ?? 0) : Math.ceil((there?.state.bytes ?? 0) * HEADROOM);
  return {
    subjects: [...definition.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
    // 0 keeps messages for ever.
    max_age: there?.config.max_age === 0 ? 0 : Math.max(age, there?.config.max_age ?? 0),
    max_bytes: Math.max(bytes, held),
    num_replicas: Math.max(replicas, there?.config.num_replicas ?? 1),
    duplicate_window: Math.max(nanos(2 * 60 * 1000), there?.config.duplicate_window ?? 0),
  } satisfies Partial<StreamConfig>;
}

async function addOrUpdate(
  jsm: JetStreamManager,
  names: { name: string; onServer: string },
  wanted: ReturnType<typeof settingsOf>,
  there: StreamInfo | undefined,
): Promise<StreamConfig> {
  const { name, onServer } = names;
  try {
    if (there === undefined) return (await pastProbes(jsm, NO_ROOM, () => jsm.streams.add({ name, ...wanted }))).config;
    // These cannot be changed on any server.
    for (const key of ['retention', 'storage'] as const) expectSame(there.config, wanted, key, onServer);
    // An administrator may have made it for a user that may not change it.
    if (isAsWanted(there.config, wanted)) return there.config;
    return (await pastProbes(jsm, NO_ROOM, () => jsm.streams.update(name, wanted))).config;
  } catch (cause) {
    if (cause instanceof UnfitStream) throw cause;
    // Another process has created it at the same moment, perhaps with more room.
    const now = there === undefined ? await infoOf(jsm, name).catch(() => undefined) : undefined;
    if (now !== undefined)
      return addOrUpdate(jsm, names, { ...wanted, max_bytes: Math.max(wanted.max_bytes, now.config.max_bytes) }, now);
    throw cannotBe(there === undefined ? 'created' : 'updated', onServer, wanted, cause);
  }
}

function cannotBe(done: string, name: string, wanted: ReturnType<typeof settingsOf>, cause: unknown): Error {
  const why = (cause as Error).message;
  if (isNoRoom(cause)) {
    // Without the cause: this is no outage, so a worker should stop and say it.
    return new UnfitStream(
      `Stream ${name} cannot be ${done} with ${wanted.max_bytes} bytes: ${why}. ` +
        'Raise max_file_store of the NATS server, or the limit of its account, or set STREAM_STORE_BYTES to less.',
    );
  }
  return new Error(`Stream ${name} for ${wanted.subjects.join(', ')} cannot be ${done}: ${why}.`, { cause });
}

const isAsWanted = (config: StreamConfig, wanted: ReturnType<typeof settingsOf>): boolean =>
  Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(config[key as keyof StreamConfig], value));

async function infoOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

const STREAM_NOT_FOUND = 10_059;

/** The stream exists, or would exist, with settings that Seckill cannot work with. */
class UnfitStream extends Error {
  override readonly name = 'UnfitStream';
}

function expectSame(
  config: StreamConfig,
  wanted: Partial<StreamConfig>,
  key: 'retention' | 'storage' | 'discard' | 'max_age' | 'max_bytes',
  name: string,
): void {
  if (config[key] === wanted[key]) return;
  throw new UnfitStream(
    `Stream ${name} has ${key} "${config[key]}", Seckill needs "${wanted[key]}". ` +
      `Another program created it: delete it with "nats stream rm ${name}" once it is empty, and start again.`,
  );
}
