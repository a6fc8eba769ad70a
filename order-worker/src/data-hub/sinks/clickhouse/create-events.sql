-- create-events: one row for each order event, by its id. ClickHouse merges rows of the same key; FINAL reads them merged.
CREATE TABLE IF NOT EXISTS seckill_events (
  id String,
  type LowCardinality(String),
  time DateTime64(3, 'UTC'),
  order_id UUID,
  version UInt32,
  sale_id UUID,
  item_id FixedString(6),
  user_id String,
  quantity UInt32,
  amount_minor Int64,
  currency LowCardinality(String),
  reserved_at DateTime64(3, 'UTC'),
  pay_by Nullable(DateTime64(3, 'UTC')),
  reason Nullable(String),
  payment_id Nullable(UUID),
  provider LowCardinality(Nullable(String)),
  refund_id Nullable(UUID),
  refund_minor Nullable(Int64),
  refund_reason LowCardinality(Nullable(String))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (sale_id, order_id, id)
SETTINGS non_replicated_deduplication_window = 1000
