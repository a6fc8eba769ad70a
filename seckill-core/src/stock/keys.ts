/** Redis keys. All keys of an item share the hash tag `{itemId}`, so that one script may touch them in a cluster. */
export const itemKeys = (itemId: string) => ({
  /** Hash: settings, `stock`, `live` units, token bucket, run id of the verified Redis process. Left = stock − live. */
  item: `seckill:{${itemId}}:item`,
  /** Hash: reservation id → record, see domain/reservation.ts. */
  reservations: `seckill:{${itemId}}:reservations`,
  /** Hash: user id → live units. */
  buyers: `seckill:{${itemId}}:buyers`,
  /** Sorted set: reservations that JetStream has not acknowledged, by the time of the win in ms. */
  outbox: `seckill:{${itemId}}:outbox`,
  /** String: six hex digits of every winner, appended. */
  won: `seckill:{${itemId}}:won`,
  /** Hash: gateway's process id → its answers by outcome, as JSON. For reports; nothing is decided by it. */
  answers: `seckill:{${itemId}}:answers`,
});

/** Hash: sale id → SaleSettings as JSON, of every sale that was published and is not long past. */
export const SALES_KEY = 'seckill:{sales}';
/** Counter: grows with every change of SALES_KEY; what gateways poll in case they missed a broadcast. */
export const SALES_VERSION_KEY = 'seckill:{sales}:version';

/**
 * How long a gateway may answer "sold out" from what it read in Redis, and so for how long units that came back to a
 * sold-out item cannot be won. Short enough that nobody notices, long enough that a refresh every third of it keeps it up.
 */
export const SOLD_OUT_LEASE_MS = 300;

/** Reservations that may wait for JetStream, per item; past it buyers get UNAVAILABLE. About 150 bytes each. */
export const OUTBOX_LIMIT = 100_000;
