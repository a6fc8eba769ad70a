CREATE TYPE "saga_state" AS ENUM ('RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED');

-- One row for each order and saga. An order costs one INSERT, one claim and one write of what its steps did, unless a step has to be retried.
--
-- "step": the one that is next to be done, or undone; null once the saga has ended.
-- "version": counts claims, outcomes and commands. A worker that lost its lease, or was overtaken by a command, writes nothing.
-- "stuck_at": since when a step has failed for so long that an operator should look. It is retried all the same.
CREATE TABLE "sagas" (
  "order_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "state" "saga_state" NOT NULL DEFAULT 'RUNNING',
  "step" TEXT,
  "steps" JSONB NOT NULL DEFAULT '{}',
  "history" JSONB NOT NULL DEFAULT '[]',
  "version" INTEGER NOT NULL DEFAULT 0,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "next_try_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "failing_since" TIMESTAMPTZ(3),
  "stuck_at" TIMESTAMPTZ(3),
  "last_error" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "ended_at" TIMESTAMPTZ(3),

  CONSTRAINT "sagas_pkey" PRIMARY KEY ("order_id", "name"),
  CONSTRAINT "sagas_step" CHECK (("step" IS NOT NULL) = ("state" IN ('RUNNING', 'COMPENSATING'))),
  CONSTRAINT "sagas_ended" CHECK (("ended_at" IS NOT NULL) = ("state" IN ('COMPLETED', 'COMPENSATED')))
);

-- All that the workers ask for every second: small, however many sagas have ended. Each step has separate places, and is found by its step.
CREATE INDEX "sagas_due_idx" ON "sagas" ("name", "step", "next_try_at") WHERE "step" IS NOT NULL;
-- What an operator has to see.
CREATE INDEX "sagas_stuck_idx" ON "sagas" ("order_id", "name") WHERE "stuck_at" IS NOT NULL;

-- When a listener that starts at the end of the stream began, on this server's clock. It has seen every event of what happened later.
ALTER TABLE "listener_positions" ADD COLUMN "began_at" TIMESTAMPTZ(3);
