-- Events of payments and refunds that are to be published: written in the transaction that made them, and deleted once the stream has them. An order's own
-- changes are not among them: a redelivered message publishes those again.
CREATE TABLE "waiting_events" (
  "ref_id" UUID NOT NULL,
  "event" TEXT NOT NULL,
  "order_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "reason" TEXT,
  "happened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "waiting_events_pkey" PRIMARY KEY ("ref_id", "event")
);

CREATE INDEX "waiting_events_happened_at_idx" ON "waiting_events" ("happened_at");
