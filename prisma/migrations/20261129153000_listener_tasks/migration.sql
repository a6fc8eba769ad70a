-- What listeners have to do outside PostgreSQL: mails, messages, webhooks.
CREATE TYPE "listener_task_state" AS ENUM ('HELD', 'WAITING', 'DONE', 'DEAD');

CREATE TABLE "listener_tasks" (
  "id" BIGSERIAL NOT NULL,
  "lane" TEXT NOT NULL,
  "subject" UUID NOT NULL,
  "event_id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "rank" INTEGER NOT NULL,
  "event" TEXT NOT NULL,
  "state" "listener_task_state" NOT NULL DEFAULT 'WAITING',
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "next_try_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "finished_at" TIMESTAMPTZ(3),
  "history" JSONB NOT NULL DEFAULT '[]',

  CONSTRAINT "listener_tasks_pkey" PRIMARY KEY ("id")
);

-- An event is one task of a lane, even if a stream that was created again holds it twice. Leads to the earlier tasks of an order too.
CREATE UNIQUE INDEX "listener_tasks_lane_subject_event_id_key" ON "listener_tasks" ("lane", "subject", "event_id");
-- All that senders ask for: small, however many tasks are done.
CREATE INDEX "listener_tasks_open_idx" ON "listener_tasks" ("lane", "next_try_at", "id") WHERE "state" IN ('HELD', 'WAITING');
CREATE INDEX "listener_tasks_held_idx" ON "listener_tasks" ("lane", "subject") WHERE "state" = 'HELD';
-- What an operator has to see.
CREATE INDEX "listener_tasks_dead_idx" ON "listener_tasks" ("lane", "id") WHERE "state" = 'DEAD';
-- What is deleted some weeks later.
CREATE INDEX "listener_tasks_done_idx" ON "listener_tasks" ("finished_at") WHERE "state" = 'DONE';
