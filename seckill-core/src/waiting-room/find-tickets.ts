import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import { roomKeys } from './keys.ts';
import { parseTicketRecord, type TicketRecord } from './ticket-record.ts';

const findScript = loadScript('find-tickets', ['room', 'claims', 'tickets']);

export interface FoundTicket extends TicketRecord {
  /** Until when the user may buy, ms on Redis's clock; 0 without a claim that lasts. */
  until: number;
}

/** Reads the tickets of users; undefined for one without a ticket. Resolves to undefined if the room is not known. Changes nothing. */
export async function findTickets(
  redis: Redis,
  saleId: string,
  runId: string,
  userIds: readonly string[],
): Promise<{ now: number; epoch: number; tickets: (FoundTicket | undefined)[] } | undefined> {
  const reply = (await runScript(redis, findScript, roomKeys(saleId), [runId, JSON.stringify(userIds)])) as string;
  const [now, epoch, ...answers] = JSON.parse(reply) as [number, string?, ...(string | number)[]];
  if (epoch === undefined) return undefined;
  const tickets = userIds.map((_, i) => {
    const record = answers[2 * i] as string;
    if (record === '') return undefined;
    const { lane, number, mark } = parseTicketRecord(record);
    return { lane, number, mark, until: Number(answers[2 * i + 1]) };
  });
  return { now, epoch: Number(epoch), tickets };
}
