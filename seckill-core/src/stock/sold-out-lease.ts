/**
 * How long a gateway may answer "sold out" from what it read in Redis (ms). Units that return to a sold-out item cannot be won for as long.
 * Short enough that buyers don't notice, long enough to be kept up by a refresh every third of it.
 */
export const SOLD_OUT_LEASE_MS = 300;
