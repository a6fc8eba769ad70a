-- What happened to sales and to their items, for everything that follows them. A command writes a row in its transaction, and a worker publishes it.
CREATE TABLE "sale_events" (
  "id" BIGSERIAL NOT NULL,
  "event_id" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "sale_id" UUID NOT NULL,
  "item_id" CHAR(6),
  "turn" INTEGER,
  "happened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "data" JSONB NOT NULL,
  "announced_at" TIMESTAMPTZ(3),
  CONSTRAINT "sale_events_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "sale_events_item_check" CHECK (("item_id" IS NULL) = ("turn" IS NULL))
);

CREATE UNIQUE INDEX "sale_events_event_id_key" ON "sale_events" ("event_id");
-- Of several workers that see an item sell out, one writes it.
CREATE UNIQUE INDEX "sale_events_item_id_turn_key" ON "sale_events" ("item_id", "turn");
CREATE INDEX "sale_events_sale_id_id_idx" ON "sale_events" ("sale_id", "id");
-- Looked at every two seconds; normally it is empty.
CREATE INDEX "sale_events_waiting_idx" ON "sale_events" ("id") WHERE "announced_at" IS NULL;
