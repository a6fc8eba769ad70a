-- create-orders: each order as its newest version has it. An older version never replaces a newer one, in whatever order they are inserted.
CREATE TABLE IF NOT EXISTS seckill_orders (
  status LowCardinality(String),
  changed_at DateTime64(3, 'UTC'),
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
  reason Nullable(String)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(reserved_at)
ORDER BY (sale_id, order_id)
SETTINGS non_replicated_deduplication_window = 1000
