import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import { roomKeys } from './keys.ts';

const useScript = loadScript('use-claims', ['room', 'claims', 'tickets']);

/** Ends the claims of users who have won. Idempotent. Resolves to false if the room is not known: the stream has the win then. */
export async function useClaims(redis: Redis, saleId: string, runId: string, userIds: readonly string[]): Promise<boolean> {
  return ((await runScript(redis, useScript, roomKeys(saleId), [runId, JSON.stringify(userIds)])) as number) >= 0;
}
