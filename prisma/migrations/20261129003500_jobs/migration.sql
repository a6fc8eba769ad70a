-- Audits, reports and repairs, which take longer than a caller waits for a large sale. A worker that runs a job holds its lease.
CREATE TYPE "job_state" AS ENUM ('QUEUED', 'RUNNING', 'DONE', 'FAILED');

CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "sale_id" UUID NOT NULL,
    "arguments" JSONB NOT NULL DEFAULT '{}',
    "state" "job_state" NOT NULL DEFAULT 'QUEUED',
    "done" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER NOT NULL DEFAULT 0,
    "unit" TEXT NOT NULL DEFAULT '',
    "starts" INTEGER NOT NULL DEFAULT 0,
    "lease" UUID,
    "lease_until" TIMESTAMPTZ(3),
    -- Not JSONB: the text of a result stays as it was written, with the order of its fields.
    "result" JSON,
    "problem_code" TEXT,
    "problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "jobs_kind" CHECK ("kind" IN ('audit', 'report', 'repair')),
    CONSTRAINT "jobs_finished" CHECK (("state" IN ('DONE', 'FAILED')) = ("finished_at" IS NOT NULL)),
    CONSTRAINT "jobs_lease" CHECK (("state" = 'RUNNING') = ("lease" IS NOT NULL AND "lease_until" IS NOT NULL))
);

-- A second caller of the same joins the job that lives.
CREATE UNIQUE INDEX "jobs_live_key" ON "jobs"("kind", "sale_id", "arguments") WHERE "state" IN ('QUEUED', 'RUNNING');
-- All that the workers ask for every second: small, however many jobs have ended.
CREATE INDEX "jobs_live_idx" ON "jobs"("id") WHERE "state" IN ('QUEUED', 'RUNNING');
CREATE INDEX "jobs_sale_id_kind_id_idx" ON "jobs"("sale_id", "kind", "id");
