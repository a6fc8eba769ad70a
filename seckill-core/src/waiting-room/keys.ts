/** Redis keys of a sale's waiting room. They share the hash tag `{saleId}`, so that one script may touch them all in a cluster. */
export const roomKeys = (saleId: string) => ({
  /** Hash: run id of the verified Redis process, epoch, progress, how many joined and were served in each lane, turns, the shuffle's seed and keys. */
  room: `seckill:{${saleId}}:room`,
  /** Sorted set: users with a claim, by the time in ms until which the claim counts. */
  claims: `seckill:{${saleId}}:claims`,
  /** Strings, one for each lane: the entry ids of all who came before entries closed, in order of their numbers. */
  entriesN: `seckill:{${saleId}}:entries:n`,
  entriesP: `seckill:{${saleId}}:entries:p`,
  /** Hash: user id → lane, number and mark, see ticket-record.ts. Nothing else is stored for a person. */
  tickets: `seckill:{${saleId}}:tickets`,
});
