import type { Prisma } from 'seckill-prisma';

/** Takes a user out of the lists, and puts a pseudonym in their place in the record of changes. The guard writes the lists without them. */
export async function eraseFromRisk(tx: Prisma.TransactionClient, userId: string, pseudonym: string): Promise<void> {
  const removed = await tx.$executeRaw`DELETE FROM risk_list_entries WHERE kind = 'user' AND value = ${userId}`;
  if (removed > 0) await tx.$executeRaw`UPDATE risk_settings SET version = version + 1`;
  await tx.$executeRaw`
    UPDATE risk_changes SET detail = jsonb_set(detail, '{value}', to_jsonb(${pseudonym}::text)), why = NULL
    WHERE detail ->> 'kind' = 'user' AND detail ->> 'value' = ${userId}`;
}
