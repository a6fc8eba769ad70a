/** Redis keys of an item. They share the hash tag `{itemId}`, so that one script may touch them all in a cluster. */
export const itemKeys = (itemId: string) => ({
  /** Hash: settings, `stock`, `live` units and the `paid` among them, token bucket, run id of the verified Redis process. Left = stock − live. */
  item: `seckill:{${itemId}}:item`,
  /** Hash: reservation id → record, see record.ts. */
  reservations: `seckill:{${itemId}}:reservations`,
  /** Hash: user id → live units. */
  buyers: `seckill:{${itemId}}:buyers`,
  /** Sorted set: reservations that JetStream has not acknowledged, by the time of the win in ms. */
  outbox: `seckill:{${itemId}}:outbox`,
  /** String: six hex digits of every winner, appended. */
  won: `seckill:{${itemId}}:won`,
  /** Hash: user id → how often they gave units back without paying, and until when they have to wait. Only of users who did. */
  pauses: `seckill:{${itemId}}:pauses`,
  /** Hash: gateway's process id → its answers by outcome, as JSON. For reports only: no decision depends on it. */
  answers: `seckill:{${itemId}}:answers`,
});

/** Hash: sale id → SaleSettings as JSON, for every published sale that did not end long ago. */
export const SALES_KEY = 'seckill:{sales}';
/** Counter: grows with every change of SALES_KEY. Gateways poll it, since they may have missed a broadcast. */
export const SALES_VERSION_KEY = 'seckill:{sales}:version';
/** String: RiskSettings as JSON. */
export const RISK_KEY = 'seckill:{risk}';
/** String: the version of RISK_KEY, which gateways poll. */
export const RISK_VERSION_KEY = 'seckill:{risk}:version';
/** Hash: `<rule>|<action>|requests` and `…|users` -> count. */
export const RISK_COUNTS_KEY = 'seckill:{risk}:counts';
/** List: the newest findings as JSON. */
export const RISK_SAMPLES_KEY = 'seckill:{risk}:samples';
/** String: written by gateways to find out whether Redis takes writes. */
export const PROBE_KEY = 'seckill:{probe}';
