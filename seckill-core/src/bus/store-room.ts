import { setTimeout as sleep } from 'node:timers/promises';
import { DiscardPolicy, JetStreamApiError, type JetStreamManager, StorageType } from '@nats-io/jetstream';

/** Bytes for all streams together, if the store has them: the winners of 5 million orders, and 8 million events. */
const STORE_BYTES = 8 * 1024 ** 3;
/** With less, a sale of some thousand units would fill a stream. */
const LEAST_BYTES = 16 * 1024 ** 2;

/** JetStream's `err_code`: the account's or the server's store has no room, or a stream may not be as large. */
export const NO_ROOM = new Set([10_002, 10_028, 10_047, 10_122]);
export const isNoRoom = (error: unknown): boolean => error instanceof JetStreamApiError && NO_ROOM.has(error.code);

/** Not below `seckill.`, so that another program's stream of our subjects is reported by its name. */
const PROBE = { name: 'SECKILL_ROOM', subjects: ['SECKILL_ROOM'] };
const IN_USE_WITH_OTHER_SETTINGS = 10_058;

/**
 * Returns how many bytes the streams may have together: {@link STORE_BYTES}, or the half, the quarter and so on that fits. `share` is the part
 * that has yet to be reserved. No server tells a client how much room is left, so this creates a stream of that size, and deletes it.
 */
export async function roomInStore(jsm: JetStreamManager, share: number, replicas: number): Promise<number> {
  for (let bytes = STORE_BYTES; bytes >= LEAST_BYTES; bytes /= 2)
    if (await fits(jsm, Math.ceil(bytes * share), replicas)) return bytes;
  throw new Error(
    `JetStream has no room for ${LEAST_BYTES / 1024 ** 2} MiB of streams. ` +
      'Raise max_file_store of the NATS server, or the limit of its account, or free some of its disk.',
  );
}

/** Returns `bytes`, or the half, the quarter and so on that one more stream may have. If nothing fits, returns `bytes`. */
export async function roomFor(jsm: JetStreamManager, bytes: number, replicas: number): Promise<number> {
  for (let part = bytes; part >= bytes / 512; part = Math.floor(part / 2)) if (await fits(jsm, part, replicas)) return part;
  return bytes;
}

async function fits(jsm: JetStreamManager, bytes: number, replicas: number): Promise<boolean> {
  const probe = { ...PROBE, storage: StorageType.File, discard: DiscardPolicy.New, max_bytes: bytes, num_replicas: replicas };
  try {
    await pastProbes(jsm, [IN_USE_WITH_OTHER_SETTINGS], () => jsm.streams.add(probe));
    return true;
  } catch (error) {
    if (isNoRoom(error)) return false;
    throw error;
  } finally {
    await removeProbe(jsm);
  }
}

const TRIES = 5;
const PAUSE_MS = 100;

/**
 * Does `work`. If the server refuses it for one of the reasons, another worker's probe may be in the way, one that measures or one that died while it
 * measured. So this removes the probe and tries again, some times.
 */
export async function pastProbes<Result>(
  jsm: JetStreamManager,
  reasons: Iterable<number>,
  work: () => Promise<Result>,
): Promise<Result> {
  const codes = new Set(reasons);
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES || !(error instanceof JetStreamApiError) || !codes.has(error.code)) throw error;
      await removeProbe(jsm);
      if (tries > 1) await sleep(PAUSE_MS * Math.random() * tries);
    }
  }
}

/** Another worker may have removed it. */
const removeProbe = (jsm: JetStreamManager): Promise<unknown> => jsm.streams.delete(PROBE.name).catch(() => undefined);
