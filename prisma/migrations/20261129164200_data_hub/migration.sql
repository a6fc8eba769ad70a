-- How far each sink of the data hub has come: one row for each. `writing` is where the batch ends that is being written: a worker that goes on writes the
-- same batch again, under the same name.
CREATE TABLE "data_hub_positions" (
    "sink" TEXT NOT NULL,
    "position" TEXT NOT NULL,
    "writing" TEXT,
    "events" BIGINT NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "data_hub_positions_pkey" PRIMARY KEY ("sink")
);
