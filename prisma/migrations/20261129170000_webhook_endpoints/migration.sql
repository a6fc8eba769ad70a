-- Where order events are sent to over HTTP.
CREATE TYPE "webhook_state" AS ENUM ('ACTIVE', 'PAUSED', 'DISABLED');

CREATE TABLE "webhook_endpoints" (
  "id" UUID NOT NULL,
  "url" TEXT NOT NULL,
  "events" TEXT[] NOT NULL,
  "sale_ids" UUID[] NOT NULL DEFAULT '{}',
  "description" TEXT NOT NULL DEFAULT '',
  "state" "webhook_state" NOT NULL DEFAULT 'ACTIVE',
  "disabled_reason" TEXT,
  -- The sender needs it as it is: a hash can't sign.
  "secret" TEXT NOT NULL,
  "previous_secret" TEXT,
  "previous_secret_until" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "last_success_at" TIMESTAMPTZ(3),
  "failing_since" TIMESTAMPTZ(3),
  "last_error" TEXT,
  -- Its deliveries are deleted first, in portions.
  "deleted_at" TIMESTAMPTZ(3),
  CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "webhook_endpoints_disabled" CHECK (("state" = 'DISABLED') = ("disabled_reason" IS NOT NULL)),
  CONSTRAINT "webhook_endpoints_previous" CHECK (("previous_secret" IS NULL) = ("previous_secret_until" IS NULL))
);

-- From when on a task is given up, if an operator had it tried again.
ALTER TABLE "listener_tasks" ADD COLUMN "replayed_at" TIMESTAMPTZ(3);
-- The log of an endpoint's deliveries, and what of it is deleted later.
CREATE INDEX "listener_tasks_log_idx" ON "listener_tasks" ("lane", "created_at", "id");
